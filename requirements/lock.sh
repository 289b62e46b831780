#!/bin/bash
# Writes the lock files of this folder from the dependency groups of pyproject.toml; arguments go to `uv pip compile`.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    local name=$1
    shift
    echo "requirements/$name.txt"
    .venv/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
        --custom-compile-command "make lock" --output-file "requirements/$name.txt" "$@"
}

compile setup --group setup "$@"
compile tasks --group core --group ingest --group plan --group split --group crop --group filter --group embed --group dedup --group validate \
    --group caption --group transcode --group shard --group publish --group report --group cli --group local "$@"
compile dev --group dev --constraints requirements/tasks.txt "$@"
compile torch --group torch --constraints requirements/tasks.txt "$@"
compile models --group models --constraints requirements/tasks.txt --constraints requirements/torch.txt "$@"
compile quality-models --group quality-models --constraints requirements/tasks.txt --constraints requirements/models.txt "$@"
compile readers --group readers "$@"
compile helm --group helm --constraints requirements/tasks.txt --constraints requirements/dev.txt "$@"
compile ui --group ui --constraints requirements/tasks.txt --constraints requirements/dev.txt "$@"
compile airflow --group airflow --group airflow-dev "$@"

# What goes into each image, at the versions that the tests ran with.
mkdir -p requirements/images
for stage in core ingest plan split crop filter embed dedup validate caption transcode shard publish report cli; do
    compile "images/$stage" --group "$stage" --constraints requirements/tasks.txt "$@"
done
compile images/split-torch --group split --group torch --constraints requirements/tasks.txt \
    --constraints requirements/torch.txt "$@"
compile images/embed-torch --group embed --group models --constraints requirements/tasks.txt \
    --constraints requirements/torch.txt "$@"
compile images/validate-torch --group validate --group models --constraints requirements/tasks.txt \
    --constraints requirements/torch.txt "$@"
compile images/caption-torch --group caption --group models --constraints requirements/tasks.txt \
    --constraints requirements/torch.txt "$@"
compile images/shard-torch --group shard --group models --constraints requirements/tasks.txt \
    --constraints requirements/torch.txt "$@"
compile images/airflow --group airflow --constraints requirements/airflow.txt "$@"
