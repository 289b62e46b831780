#!/bin/bash
# Builds the images with the tag `test`, from Debian's packages alone, into one archive for the test cluster:
#   tests/k8s/images.sh images.tar
# Needs root on Debian: it installs podman and debootstrap where they are not there.
set -euo pipefail
archive=$(realpath "${1:?the archive to write}")
cd "$(dirname "$0")/../.."
missing=
for program in podman debootstrap runc; do command -v $program >/dev/null || missing+=" $program"; done
if [ -n "$missing" ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    apt-get install -y -q --no-install-recommends $missing uidmap >/dev/null
fi
export CONTAINERS_CONF=$PWD/tests/k8s/containers.conf ENGINE=podman TAG=test BASE=localhost/debian:bookworm
export BUILD_ARGS="--network=host --secret id=ca.crt,src=/etc/ssl/certs/ca-certificates.crt"
podman image exists $BASE || tests/images/base.sh $BASE
images/build.sh
images/archive.sh "$archive"
