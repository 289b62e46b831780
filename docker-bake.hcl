# The images, for `docker buildx bake`; `make images` reads it where docker is there. One word everywhere: an image has
# the name of its stage, of its folder in images/ and of its lock in requirements/images/.

variable "REGISTRY" { default = "localhost" }
variable "TAG" { default = "0.1.0" }
variable "REVISION" { default = "unknown" }
variable "BASE" { default = "docker.io/library/debian:bookworm-slim" }
# An image of Airflow to put the DAGs on, in place of our own; `make images` names the official one.
variable "AIRFLOW" { default = "" }

group "default" {
  targets = ["stage", "cli", "airflow"]
}

function "labels" {
  params = [name]
  result = {
    "org.opencontainers.image.title"    = "clipmill-${name}"
    "org.opencontainers.image.revision" = REVISION
    "org.opencontainers.image.licenses" = "Apache-2.0"
  }
}

target "system" {
  dockerfile = "images/base/Dockerfile"
  target     = "system"
  args       = { BASE = BASE }
}

target "builder" {
  inherits = ["system"]
  target   = "builder"
}

target "base" {
  inherits = ["system"]
  target   = "base"
}

target "airflow-base" {
  inherits = ["system"]
  target   = "airflow-base"
}

target "image" {
  args = { REVISION = REVISION }
  contexts = {
    clipmill-builder = "target:builder"
    clipmill-base    = "target:base"
  }
}

target "stage" {
  name = stage
  matrix = {
    stage = [
      "plan", "ingest", "split", "crop", "filter", "embed", "dedup", "validate", "caption", "transcode", "shard", "publish", "report",
    ]
  }
  inherits   = ["image"]
  dockerfile = "images/${stage}/Dockerfile"
  tags       = ["${REGISTRY}/clipmill-${stage}:${TAG}"]
  labels     = labels(stage)
}

# For a GPU: `split` with PyTorch and TransNetV2. Several GB, so it is made only when named.
target "split-torch" {
  inherits = ["split"]
  args     = { LOCK = "split-torch" }
  tags     = ["${REGISTRY}/clipmill-split-torch:${TAG}"]
  labels   = labels("split-torch")
}

# For a GPU: `embed` with PyTorch and transformers. Several GB, so it is made only when named.
target "embed-torch" {
  inherits = ["embed"]
  args     = { LOCK = "embed-torch" }
  tags     = ["${REGISTRY}/clipmill-embed-torch:${TAG}"]
  labels   = labels("embed-torch")
}

# For a GPU: `validate` with PyTorch and transformers, where no server answers. Several GB, so it is made only when named.
target "validate-torch" {
  inherits = ["validate"]
  args     = { LOCK = "validate-torch" }
  tags     = ["${REGISTRY}/clipmill-validate-torch:${TAG}"]
  labels   = labels("validate-torch")
}

# For a GPU: `caption` likewise.
target "caption-torch" {
  inherits = ["caption"]
  args     = { LOCK = "caption-torch" }
  tags     = ["${REGISTRY}/clipmill-caption-torch:${TAG}"]
  labels   = labels("caption-torch")
}

# For a GPU: `shard` likewise.
target "shard-torch" {
  inherits = ["shard"]
  args     = { LOCK = "shard-torch" }
  tags     = ["${REGISTRY}/clipmill-shard-torch:${TAG}"]
  labels   = labels("shard-torch")
}

target "cli" {
  inherits   = ["image"]
  dockerfile = "images/cli/Dockerfile"
  tags       = ["${REGISTRY}/clipmill-cli:${TAG}"]
  labels     = labels("cli")
}

target "airflow" {
  dockerfile = "images/airflow/Dockerfile"
  args       = { REVISION = REVISION }
  contexts   = { clipmill-airflow-base = AIRFLOW != "" ? "docker-image://${AIRFLOW}" : "target:airflow-base" }
  tags       = ["${REGISTRY}/clipmill-airflow:${TAG}"]
  labels     = labels("airflow")
}
