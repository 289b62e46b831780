# What the scripts here have in common: which images, by which names, with which engine. Sourced in the project's folder.
# The tag is the project's version, which is what the chart asks for.
REGISTRY=${REGISTRY:-localhost} TAG=${TAG:-$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)}
every_image=$(for file in images/*/Dockerfile; do basename "$(dirname "$file")"; done | grep -vx base)
STAGES=${STAGES:-$every_image}

name() { echo "$REGISTRY/clipmill-$1:$TAG"; }
names() { for stage in $STAGES; do name "$stage"; done; }

works() {
    case $1 in
    docker) docker info >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1 ;;
    *) "$1" info >/dev/null 2>&1 ;;
    esac
}

# Sets ENGINE, where it is not set, to the first that works: a docker without its daemon is no engine.
find_engine() {
    local engine
    for engine in ${ENGINE:-docker podman buildah}; do
        if works "$engine"; then ENGINE=$engine && return; fi
    done
    echo "Images need docker with buildx, podman or buildah; not working here: ${ENGINE:-all three}." >&2
    echo "On Debian or Ubuntu: sudo apt install podman   Elsewhere: https://podman.io/docs/installation" >&2
    echo "A docker that is there needs its daemon (docker info) and buildx (docker buildx version)." >&2
    exit 1
}
