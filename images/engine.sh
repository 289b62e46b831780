# Sets ENGINE to the first engine that works here, unless it is set; sourced by the scripts beside it.
works() {
    case $1 in
    docker) docker info >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1 ;;
    *) "$1" info >/dev/null 2>&1 ;;
    esac
}
if [ -z "${ENGINE:-}" ]; then
    for ENGINE in docker podman buildah none; do works $ENGINE && break; done
fi
if [ "$ENGINE" = none ] || ! works "$ENGINE"; then
    echo "Images need docker with buildx, podman or buildah, and none of them works here." >&2
    echo "On Debian or Ubuntu: sudo apt install podman   Elsewhere: https://podman.io/docs/installation" >&2
    echo "A docker that is there needs its daemon running (docker info) and buildx (docker buildx version)." >&2
    exit 1
fi
