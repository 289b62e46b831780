"""Networks that say how good a picture looks, by way of pyiqa; the only file that needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused
from tasks.models.encoder import Clip, picture_by_picture
from tasks.models.folder import model_folder
from tasks.models.preparation import Picture
from tasks.models.registry import model_named

SHORTER_SIDE_PX = 768
"""KonIQ-10k, whose ratings the networks were trained on, has pictures of 1024 x 768 pixels."""

_TOGETHER = 4
"""Pictures in one pass: they are large, and what lies between the layers is many times larger."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How pyiqa knows a network."""

    name: str
    best: float
    """The upper end of its scale, which begins at 0."""
    options: dict[str, Any] = field(default_factory=dict)


METRICS = {
    "musiq-koniq": _Kind("musiq", 100),
    # Its weights are all in the file; without this, those of its lower half would be fetched as well.
    "topiq-nr-koniq": _Kind("topiq_nr", 1, {"backbone_pretrain": False}),
}


class Metric:
    """A network of pyiqa with the weights of a file, on the GPU where there is one, else on the CPU."""

    def __init__(self, name: str, weights: Path) -> None:
        pyiqa, torch = _libraries()
        kind = METRICS[name]
        self._torch, self._best = torch, kind.best
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            device = torch.device(self.device)
            self._net = pyiqa.create_metric(
                kind.name, device=device, pretrained_model_path=str(weights), **kind.options
            )
        except (OSError, RuntimeError, KeyError, UnpicklingError) as error:
            raise StageRefused(f"pyiqa makes no {kind.name} of {weights}: {error}") from error

    def vectors_of(self, clips: Sequence[Clip]) -> list[NDArray[np.float32]]:
        """For each clip float32 [count, 1], as `ratings`."""
        return picture_by_picture(clips, self.ratings)

    def ratings(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """float32 [count, 1]: each picture's quality, 0 to 1. They may be of several sizes."""
        rows = [self._rows(list(alike)) for _, alike in groupby(pictures, key=lambda picture: picture.shape)]
        return np.concatenate(rows)

    def _rows(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """The same of pictures of one size."""
        parts = range(0, len(pictures), _TOGETHER)
        found = [self._pass(np.stack(pictures[at : at + _TOGETHER])) for at in parts]
        return np.clip(np.concatenate(found) / self._best, 0, 1, dtype=np.float32)

    def _pass(self, pictures: Picture) -> NDArray[np.float32]:
        with self._torch.inference_mode():
            pixels = self._torch.from_numpy(pictures).to(self.device).permute(0, 3, 1, 2).float() / 255
            return np.asarray(self._net(pixels).reshape(-1, 1).float().cpu().numpy())


@cache
def load_metric(name: str) -> Metric:
    """The network of the model store, loaded once a process. Raises ModelMissing or StageRefused."""
    (weights,) = model_named(name).files
    return Metric(name, model_folder(name) / weights)


def _libraries() -> tuple[Any, Any]:
    try:
        import pyiqa
        import torch
    except ImportError as error:
        raise StageRefused(
            f"{error.name} is not installed: `make quality-models` installs it, the group quality-models of "
            "pyproject.toml; no image has it, since its licence forbids commercial use"
        ) from error
    return pyiqa, torch
