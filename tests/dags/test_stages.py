"""The list of stages agrees with the rest of the house."""

import json
from pathlib import Path

import pytest

from clipmill_dags.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("spec", STAGES, ids=lambda spec: spec.name)
def test_a_stage_is_a_folder_of_its_name(spec):
    assert (ROOT / "tasks" / spec.name / "__init__.py").is_file()


@pytest.mark.parametrize("spec", STAGES, ids=lambda spec: spec.name)
def test_a_stage_runs_in_a_pool_that_exists(spec):
    pools = json.loads((ROOT / "dags/pools.json").read_text())
    assert spec.pool in {"default_pool", *pools}


def test_shard_runs_one_at_a_time():
    pools = json.loads((ROOT / "dags/pools.json").read_text())
    (shard,) = [spec for spec in STAGES if spec.name == "shard"]
    assert pools[shard.pool]["slots"] == 1


def test_names_are_unique():
    assert len({spec.name for spec in STAGES}) == len(STAGES)


def test_what_asks_a_vision_language_model_has_a_pool_of_its_own():
    assert {spec.name for spec in STAGES if spec.pool == "vlm"} == {"validate", "caption"}
