#!/bin/bash
# Makes the image localhost/debian:bookworm from Debian's own packages, for a place where no image registry answers:
#   tests/images/base.sh && make images BASE=localhost/debian:bookworm
# Needs root, debootstrap, and podman or buildah. MIRROR is the Debian mirror, where it is not the usual one.
set -euo pipefail
name=${1:-localhost/debian:bookworm}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
echo "debootstrap bookworm (about a minute)"
debootstrap --variant=minbase bookworm "$root" ${MIRROR:+"$MIRROR"} >"$root.log" || { tail -n 20 "$root.log"; exit 1; }
rm -rf "$root.log" "$root"/usr/share/{doc,man,locale,info}/* "$root"/var/{cache/apt,lib/apt/lists,log}/*
if command -v podman >/dev/null; then
    tar -C "$root" -c . | podman import --quiet - "$name"
else
    container=$(buildah from scratch)
    tar -C "$root" -c . | buildah add --quiet "$container" - /
    buildah commit --quiet --rm "$container" "$name"
fi
