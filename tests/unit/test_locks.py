"""Each image has a lock of its own, made of the same versions that the tests ran with, and holding only its group."""

import tomllib
from pathlib import Path

import pytest

from tests.fixtures.locks import locked_packages, locked_versions, wanted_packages

ROOT = Path(__file__).parents[2]
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
LOCKS = {path.stem: path.read_text() for path in (ROOT / "requirements" / "images").glob("*.txt")}
TESTED = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("tasks", "torch", "models", "airflow")}
WITH_TORCH = {
    "split-torch": ("split", "torch"),
    "embed-torch": ("embed", "models"),
    "validate-torch": ("validate", "models"),
    "caption-torch": ("caption", "models"),
    "shard-torch": ("shard", "models"),
}
"""The images for a GPU: each is made of a stage and what else its environment has."""
IN_TASKS = sorted(set(LOCKS) - {"airflow", *WITH_TORCH})


@pytest.mark.parametrize("image", IN_TASKS)
def test_lock_holds_what_its_group_comes_to(image: str) -> None:
    assert locked_packages(LOCKS[image]) == wanted_packages(GROUPS, image), "run `make lock`"


@pytest.mark.parametrize("image", IN_TASKS)
def test_lock_has_the_versions_of_the_tests(image: str) -> None:
    assert locked_versions(LOCKS[image]) <= locked_versions(TESTED["tasks"]), "run `make lock`"


def test_lock_of_airflow_is_that_of_the_tests_without_their_tools() -> None:
    assert locked_versions(LOCKS["airflow"]) <= locked_versions(TESTED["airflow"]), "run `make lock`"
    assert "pytest" not in locked_packages(LOCKS["airflow"])


@pytest.mark.parametrize("image", WITH_TORCH)
def test_lock_with_torch_is_that_of_its_stage_and_torch(image: str) -> None:
    stage, group = WITH_TORCH[image]
    known = locked_versions(TESTED["tasks"]) | locked_versions(TESTED[group])
    assert locked_versions(LOCKS[image]) <= known, "run `make lock`"
    assert locked_packages(LOCKS[stage]) | {"torch"} <= locked_packages(LOCKS[image])


@pytest.mark.parametrize("image", sorted(set(LOCKS) - {"core", "airflow"}))
def test_lock_stands_on_that_of_the_core(image: str) -> None:
    """The layer with the core's packages is in every image; another version would lie twice in there."""
    assert locked_versions(LOCKS["core"]) <= locked_versions(LOCKS[image])


def test_no_image_on_a_cpu_has_torch() -> None:
    assert {image for image, lock in LOCKS.items() if "torch" in locked_packages(lock)} == set(WITH_TORCH)
