"""Networks that rate pictures: how pyiqa, which needs torchvision and is not here, is asked."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tasks.core.errors import StageRefused
from tasks.models.quality import Metric

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make models` installs it")

PICTURES = [
    np.full((height, width, 3), level, np.uint8)
    for height, width, level in ((8, 12, 0), (8, 12, 51), (12, 8, 102), (8, 12, 255))
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What pyiqa was asked for; in its place stands brightness, as a percentage."""
    found: dict[str, Any] = {"passes": []}

    def create_metric(name: str, **options: Any) -> Callable[[Any], Any]:
        found.update(name=name, **options)
        if not Path(options["pretrained_model_path"]).is_file():
            raise FileNotFoundError(options["pretrained_model_path"])

        def rate(pixels: Any) -> Any:
            found["passes"].append(tuple(pixels.shape))
            assert float(pixels.min()) >= 0
            assert float(pixels.max()) <= 1
            return 100 * pixels.mean(dim=(1, 2, 3))[:, None]

        return rate

    monkeypatch.setitem(sys.modules, "pyiqa", ModuleType("pyiqa"))
    monkeypatch.setattr(sys.modules["pyiqa"], "create_metric", create_metric, raising=False)
    return found


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.pth"
    path.touch()
    return path


def test_each_picture_is_rated_once_with_others_of_its_size(asked: dict[str, Any], weights: Path) -> None:
    found = Metric("musiq-koniq", weights).ratings([*PICTURES, *PICTURES[:1] * 6])
    assert found.dtype == np.float32
    assert found[:, 0] == pytest.approx([0, 0.2, 0.4, 1, *[0] * 6])
    assert asked["passes"] == [(2, 3, 8, 12), (1, 3, 12, 8), (4, 3, 8, 12), (3, 3, 8, 12)]


@pytest.mark.parametrize(
    ("model", "name", "options"),
    [("musiq-koniq", "musiq", {}), ("topiq-nr-koniq", "topiq_nr", {"backbone_pretrain": False})],
)
def test_nothing_but_the_file_of_the_model_store_is_read(
    model: str, name: str, options: dict[str, Any], asked: dict[str, Any], weights: Path
) -> None:
    metric = Metric(model, weights)
    del asked["passes"]
    device = torch.device(metric.device)
    assert asked == {"name": name, "device": device, "pretrained_model_path": str(weights), **options}


def test_a_scale_is_brought_to_0_and_1(asked: dict[str, Any], weights: Path) -> None:
    found = Metric("topiq-nr-koniq", weights).ratings(PICTURES)
    assert found[:, 0].tolist() == [0, 1, 1, 1]


def test_weights_that_are_none_are_refused(asked: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(StageRefused, match=r"musiq of .*gone"):
        Metric("musiq-koniq", tmp_path / "gone.pth")
