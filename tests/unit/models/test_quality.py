"""Networks that rate pictures: what is not installed is refused with what installs it."""

import sys
from pathlib import Path

import pytest

from tasks.core.errors import StageRefused
from tasks.models import network
from tasks.models.preparation import AsSeen
from tasks.models.quality import METRICS, Metric
from tasks.models.registry import MODELS


def test_without_the_package_it_is_said_what_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyiqa", None)
    with pytest.raises(StageRefused, match="pyiqa is not installed: `make quality-models` installs it"):
        Metric("musiq-koniq", tmp_path / "weights.pth")


def test_they_are_the_models_that_recipes_may_name_for_it() -> None:
    assert set(METRICS) == {name for name, model in MODELS.items() if "perceptual_quality" in model.serves}
    assert not any(MODELS[name].commercial for name in METRICS)
    assert isinstance(network.preparation_of("musiq-koniq"), AsSeen)
