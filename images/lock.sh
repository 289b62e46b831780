#!/bin/bash
# Writes digests where a registry answers: of the base into images/base.lock; and of images pushed to REGISTRY with TAG
# into DIGESTS (images-digests.yaml), values for the chart (helm ... --values images-digests.yaml).
# Says what no registry told, and leaves it as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
. images/settings.sh
unreached=()

digest() { # IMAGE: its digest, for all its platforms
    if command -v skopeo >/dev/null; then
        skopeo inspect --no-tags --format '{{.Digest}}' "docker://$1"
    elif works docker; then
        docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1"
    else
        echo "skopeo or docker with buildx is needed to ask a registry (sudo apt install skopeo)" >&2
        return 1
    fi
}

ask() { # IMAGE: sets `answer`, or keeps the image in mind as not reached
    if answer=$(digest "$1"); then return; fi
    unreached+=("$1")
    return 1
}

lock_base() {
    local base
    base=$(. images/base.lock && echo "${BASE%%@*}")
    ask "$base" || return 0
    sed -i "s|^BASE=.*|BASE=$base@$answer|" images/base.lock
    echo "images/base.lock: $base@$answer"
}

pushed() { # lines of the chart's values
    local stage lines=""
    for stage in $STAGES; do
        ask "$(name "$stage")" || continue
        case $stage in
        cli) printf 'migration: {image: {digest: "%s"}}\n' "$answer" ;;
        airflow) printf 'poolsJob: {image: {digest: "%s"}}\n' "$answer" ;;
        *) lines+=$(printf '  %s: {image: {digest: "%s"}}' "${stage%-torch}" "$answer")$'\n' ;;
        esac
    done
    if [ -n "$lines" ]; then printf 'stages:\n%s' "$lines"; fi
}

lock_base
if [[ $REGISTRY != localhost ]]; then
    written=${DIGESTS:-images-digests.yaml}
    pushed >"$written"
    echo "$written: digests of $REGISTRY/clipmill-*:$TAG"
fi
if [ ${#unreached[@]} -gt 0 ]; then
    printf 'no registry told the digest of %s\n' "${unreached[@]}" >&2
    exit 1
fi
