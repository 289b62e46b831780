"""Networks that turn pictures and words into vectors of one space; with the heads, the only file that needs torch."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused
from tasks.models.folder import model_folder
from tasks.models.preparation import Picture, read_preparation

Vectors = NDArray[np.float32]
"""float32 [count, dimension], each of length 1."""

_MAX_WORDS = 64
"""Tokens to which SigLIP was trained to fill up its words."""


class Encoder(Protocol):
    """What turns prepared pictures into rows of numbers."""

    def vectors_of(self, pictures: Sequence[Picture]) -> Vectors:
        """One row per picture."""


class Backbone:
    """A CLIP or SigLIP checkpoint of a folder, on the GPU in half precision where there is one, else on the CPU."""

    def __init__(self, folder: Path) -> None:
        torch, transformers = _libraries()
        self._torch = torch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.float16 if self.device == "cuda" else torch.float32
        try:
            model = transformers.AutoModel.from_pretrained(folder, local_files_only=True, dtype=self._dtype)
            self._words = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise StageRefused(f"{folder} holds no checkpoint that transformers can read: {error}") from error
        self._model = model.to(self.device).eval()
        self.preparation = read_preparation(folder)
        self._mean = self._channels(self.preparation.mean)
        self._spread = self._channels(self.preparation.spread)

    def _channels(self, values: tuple[float, ...]) -> Any:
        return self._torch.tensor(values, device=self.device, dtype=self._dtype).view(1, -1, 1, 1)

    def vectors_of(self, pictures: Sequence[Picture]) -> Vectors:
        """One vector per picture; pictures come as `preparation` makes them."""
        with self._torch.inference_mode():
            pixels = self._torch.from_numpy(np.stack(pictures)).to(self.device, non_blocking=True)
            pixels = pixels.permute(0, 3, 1, 2).to(self._dtype) / 255
            found = self._model.get_image_features(pixel_values=(pixels - self._mean) / self._spread)
            return self._unit(found)

    def vectors_of_words(self, texts: Sequence[str]) -> Vectors:
        """One vector per text, to compare with those of pictures."""
        is_siglip = self._model.config.model_type.startswith("siglip")
        filling = {"padding": "max_length", "max_length": _MAX_WORDS} if is_siglip else {"padding": True}
        with self._torch.inference_mode():
            words = self._words([text.lower() for text in texts], return_tensors="pt", truncation=True, **filling)
            kept = {name: words[name].to(self.device) for name in ("input_ids", "attention_mask") if name in words}
            if is_siglip:  # trained without a mask
                kept.pop("attention_mask", None)
            return self._unit(self._model.get_text_features(**kept))

    @property
    def sharpness(self) -> float:
        """By what the network was trained to multiply similarities before they are told apart."""
        return float(self._model.logit_scale.detach().exp())

    def _unit(self, found: Any) -> Vectors:
        """The rows at length 1; transformers 5 gives them with all that lies below."""
        rows = getattr(found, "pooler_output", found).float()
        unit = rows / rows.norm(dim=-1, keepdim=True)
        return np.asarray(unit.cpu().numpy(), dtype=np.float32)


@cache
def load_backbone(name: str) -> Backbone:
    """The model of the model store, loaded once a process. Raises ModelMissing or StageRefused."""
    return Backbone(model_folder(name))


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise StageRefused(
            f"{error.name} is not installed: `make models` installs it, and the image made with LOCK=embed-torch has it"
        ) from error
    return torch, transformers
