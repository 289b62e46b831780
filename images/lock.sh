#!/bin/bash
# Writes digests, as a registry tells them. Without REGISTRY, of the base into images/base.lock; with it, of the images pushed
# there with TAG into DIGESTS (images-digests.yaml), values for the chart (helm ... --values images-digests.yaml).
# What a registry does not tell is said, and then the file stays as it was.
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
    printf 'images: {registry: "%s", tag: "%s"}\n' "$REGISTRY" "$TAG"
    for stage in $STAGES; do
        # One of the two is the stage `split`.
        if [[ $stage = split && " $(echo $STAGES) " == *" split-torch "* ]]; then continue; fi
        ask "$(name "$stage")" || continue
        case $stage in
        cli) printf 'migration: {image: {digest: "%s"}}\n' "$answer" ;;
        airflow)
            printf 'poolsJob: {image: {digest: "%s"}}\n' "$answer"
            printf 'airflow: {images: {airflow: {repository: "%s", tag: "%s", digest: "%s"}}}\n' \
                "$REGISTRY/clipmill-airflow" "$TAG" "$answer"
            ;;
        split-torch)
            lines+=$(printf '  split: {image: {repository: clipmill-split-torch, digest: "%s"}}' "$answer")$'\n'
            ;;
        *) lines+=$(printf '  %s: {image: {digest: "%s"}}' "$stage" "$answer")$'\n' ;;
        esac
    done
    if [ -n "$lines" ]; then printf 'stages:\n%s' "$lines"; fi
}

lock_pushed() {
    local written=${DIGESTS:-images-digests.yaml}
    pushed >"$written.new"
    if [ ${#unreached[@]} -gt 0 ]; then
        rm "$written.new"
        return
    fi
    mv "$written.new" "$written"
    echo "$written: digests of $REGISTRY/clipmill-*:$TAG"
}

if [[ $REGISTRY = localhost ]]; then lock_base; else lock_pushed; fi
if [ ${#unreached[@]} -gt 0 ]; then
    printf 'no registry told the digest of %s\n' "${unreached[@]}" >&2
    exit 1
fi
