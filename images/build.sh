#!/bin/bash
# Builds the images with the engine that is there: docker with buildx (by docker-bake.hcl), podman or buildah.
#   REGISTRY TAG  an image is named $REGISTRY/clipmill-<stage>:$TAG        BASE      the Debian that they stand on
#   STAGES        only these, else all                                     AIRFLOW   the image of Airflow to put the DAGs on:
#                 the official one; ours, from its lock, where it is empty or only BASE is given
#   PLATFORM      as linux/arm64                                           PUSH=1    push each image when it is built
#   ENGINE        docker, podman or buildah                                BUILD_ARGS  further arguments for the engine
set -euo pipefail
cd "$(dirname "$0")/.."
own_base=${BASE:-}
. images/base.lock
. images/settings.sh
# Who names a base of their own may have no registry: then Airflow too stands on it, and not on the official image.
if [ -z "$own_base" ]; then AIRFLOW=${AIRFLOW-$OFFICIAL_AIRFLOW}; fi
export BASE=${own_base:-$BASE} AIRFLOW=${AIRFLOW:-} REGISTRY TAG
REVISION=$(git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || echo unknown)
export REVISION
read -ra more <<<"${BUILD_ARGS:-}"

with_docker() {
    local where=--load
    if [ -n "${PUSH:-}" ]; then where=--push; fi
    # shellcheck disable=SC2086
    docker buildx bake --file docker-bake.hcl $where ${PLATFORM:+--set "*.platform=$PLATFORM"} "${more[@]}" $STAGES
}

build() { # NAME FOLDER ARGUMENTS...: one image, whose log is shown when it cannot be built
    local name=$1 folder=$2 verb=build
    shift 2
    if [ "$ENGINE" = buildah ]; then verb=bud; fi
    echo "building $(name "$name")"
    "$ENGINE" $verb --quiet ${PLATFORM:+--platform "$PLATFORM"} "${more[@]}" --file "images/$folder/Dockerfile" \
        --tag "$(name "$name")" --build-arg REVISION="$REVISION" --label org.opencontainers.image.title="clipmill-$name" \
        --label org.opencontainers.image.revision="$REVISION" --label org.opencontainers.image.licenses=Apache-2.0 \
        "$@" . >"$log" 2>&1 || { cat "$log" >&2 && echo "$(name "$name") could not be built" >&2 && exit 1; }
}

# What stands alone is built first; `split-torch` is made from the folder of `split` with another lock.
without_docker() {
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    local part stands_on parts="system builder base"
    if [[ -z $AIRFLOW && " $(echo $STAGES) " == *" airflow "* ]]; then parts+=" airflow-base"; fi
    for part in $parts; do build "$part" base --target "$part" --build-arg BASE="$BASE"; done
    stands_on=(
        --build-context clipmill-builder="container-image://$(name builder)"
        --build-context clipmill-base="container-image://$(name base)"
        --build-context clipmill-airflow-base="container-image://${AIRFLOW:-$(name airflow-base)}"
    )
    for stage in $STAGES; do
        build "$stage" "${stage%-torch}" "${stands_on[@]}" --build-arg LOCK="$stage"
        if [ -n "${PUSH:-}" ]; then "$ENGINE" push --quiet "$(name "$stage")"; fi
    done
}

find_engine
if [ "$ENGINE" = docker ]; then with_docker; else without_docker; fi
echo "built with $ENGINE on $BASE, revision $REVISION:"
names | sed 's/^/  /'
if [[ -z $AIRFLOW && " $(echo $STAGES) " == *" airflow "* ]]; then
    echo "clipmill-airflow stands on our own lock, without the entry point and the login that Airflow's chart expects:"
    echo "for that chart, build it with AIRFLOW=$OFFICIAL_AIRFLOW, or a mirror's."
fi
