#!/bin/bash
# Builds the images of docker-bake.hcl with the engine that is there: docker with buildx, podman or buildah.
#   REGISTRY TAG     name of an image: $REGISTRY/clipmill-<stage>:$TAG        BASE      the Debian that they stand on
#   STAGES           only these (all)          PLATFORM  as linux/arm64       PUSH=1    push them when they are built
#   ENGINE           docker, podman or buildah, where more than one is there  BUILD_ARGS  further arguments of the engine
set -euo pipefail
cd "$(dirname "$0")/.."
given_base=${BASE:-}
. images/base.lock
BASE=${given_base:-$BASE} REGISTRY=${REGISTRY:-localhost} TAG=${TAG:-dev}
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
all=$(for file in images/*/Dockerfile; do basename "$(dirname "$file")"; done | grep -vx base | tr '\n' ' ')
STAGES=${STAGES:-$all}
. images/engine.sh
export BASE REGISTRY TAG REVISION ENGINE PLATFORM=${PLATFORM:-} BUILD_ARGS=${BUILD_ARGS:-}
name() { echo "$REGISTRY/clipmill-$1:$TAG"; }
label() { echo "org.opencontainers.image.$1=$2"; }

with_bake() {
    local where=--load
    [ -z "${PUSH:-}" ] || where=--push
    # shellcheck disable=SC2086
    docker buildx bake --file docker-bake.hcl "$where" ${PLATFORM:+--set "*.platform=$PLATFORM"} $BUILD_ARGS $STAGES
}

build() { # name, Dockerfile and further arguments of one image
    local of=$1 file=$2 verb=build
    shift 2
    [ "$ENGINE" = podman ] || verb=bud
    echo "building $(name "$of")"
    # shellcheck disable=SC2086
    "$ENGINE" $verb --quiet ${PLATFORM:+--platform "$PLATFORM"} $BUILD_ARGS --file "$file" --tag "$(name "$of")" \
        --label "$(label title "clipmill-$of")" --label "$(label revision "$REVISION")" \
        --label "$(label licenses Apache-2.0)" --build-arg REVISION="$REVISION" "$@" . \
        >"$logs/$of" 2>&1 || { cat "$logs/$of" >&2; echo "clipmill-$of could not be built" >&2; return 1; }
}

with_podman() {
    logs=$(mktemp -d)
    trap 'rm -rf "$logs"' EXIT
    parts="system builder base"
    if [ -z "${AIRFLOW:-}" ] && [[ " $STAGES " == *" airflow "* ]]; then parts+=" airflow-base"; fi
    for part in $parts; do
        build "$part" images/base/Dockerfile --target "$part" --build-arg BASE="$BASE"
    done
    for stage in $STAGES; do
        build "$stage" "images/$stage/Dockerfile" --build-arg BUILDER="$(name builder)" \
            --build-arg RUNTIME="$(name base)" --build-arg AIRFLOW="${AIRFLOW:-$(name airflow-base)}"
        [ -z "${PUSH:-}" ] || "$ENGINE" push --quiet "$(name "$stage")"
    done
}

if [ "$ENGINE" = docker ]; then with_bake; else with_podman; fi
echo "built with $ENGINE from $BASE: $(for stage in $STAGES; do name "$stage"; done | tr '\n' ' ')"
