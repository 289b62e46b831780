"""Where networks run, and how they and their pictures get there; the only file that imports torch."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tasks.core.errors import StageRefused
from tasks.models.encoder import Vectors
from tasks.models.preparation import Picture, Preparation


class Device:
    """The GPU where there is one, else the CPU. Raises StageRefused where PyTorch is not installed."""

    def __init__(self, half: Literal["float16", "bfloat16"] = "float16") -> None:
        self.torch, self.transformers = _libraries()
        self.name = "cuda" if self.torch.cuda.is_available() else "cpu"
        self.dtype = getattr(self.torch, half) if self.name == "cuda" else self.torch.float32

    def model(self, folder: Path, kind: Any = None, **options: Any) -> Any:
        """The network of a folder, ready to look, and no one fetches anything. Raises StageRefused."""
        kind = kind or self.transformers.AutoModel
        return self.read(kind, folder, dtype=self.dtype, **options).to(self.name).eval()

    def read(self, kind: Any, folder: Path, **options: Any) -> Any:
        """Something of transformers out of a folder, and no one fetches anything. Raises StageRefused."""
        try:
            return kind.from_pretrained(folder, local_files_only=True, **options)
        except (OSError, ValueError, ImportError) as error:
            raise StageRefused(f"{folder} holds no checkpoint that transformers can read: {error}") from error

    def pixels(self, pictures: Sequence[Picture], preparation: Preparation) -> Any:
        """[count, 3, height, width] of prepared pictures, as the network takes them."""
        there = self.torch.from_numpy(np.stack(pictures)).to(self.name, non_blocking=True)
        of_1 = there.permute(0, 3, 1, 2).to(self.dtype) / 255
        return (of_1 - self._channels(preparation.mean)) / self._channels(preparation.spread)

    def _channels(self, values: tuple[float, ...]) -> Any:
        return self.torch.tensor(values, device=self.name, dtype=self.dtype).view(1, -1, 1, 1)

    @staticmethod
    def unit(rows: Any) -> Vectors:
        """The rows at length 1."""
        single = rows.float()
        return np.asarray((single / single.norm(dim=-1, keepdim=True)).cpu().numpy(), dtype=np.float32)


def _libraries() -> tuple[Any, Any]:
    # Before they are imported, as they look only then: what is not in the model store is not there.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        import transformers
    except ImportError as error:
        raise StageRefused(
            f"{error.name} is not installed: `make models` installs it, and the image made with LOCK=embed-torch has it"
        ) from error
    return torch, transformers
