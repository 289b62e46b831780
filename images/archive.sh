#!/bin/bash
# Writes the built images into one file, each layer once, for a cluster that reaches no registry:
#   images/archive.sh images.tar && ctr --namespace k8s.io images import images.tar
# REGISTRY, TAG, STAGES and ENGINE are as for images/build.sh.
set -euo pipefail
file=$(realpath "${1:?the file to write}")
cd "$(dirname "$0")/.."
. images/settings.sh
find_engine
rm -f "$file"
read -rd '' -a images < <(names) || true
case $ENGINE in
docker) docker save --output "$file" "${images[@]}" ;;
podman) podman save --quiet --multi-image-archive --output "$file" "${images[@]}" ;;
*) echo "buildah writes one image into a file, not many: install podman." >&2 && exit 1 ;;
esac
echo "$file: ${#images[@]} images, $(du -h "$file" | cut -f1)"
