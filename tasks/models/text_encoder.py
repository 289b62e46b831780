"""Text as T5 sees it, which some video models are trained to be told; one vector per token."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.core.model_names import TextEncoderName
from tasks.models.device import Device
from tasks.models.folder import model_folder

MOST_TOKENS = 512
"""As Cosmos was trained; longer texts are cut."""

TokenVectors = NDArray[np.float16]
"""float16 [tokens, dimension]; t5-11b has 1024 dimensions."""

__all__ = ["MOST_TOKENS", "TextEncoder", "TextEncoderName", "TokenVectors", "load_text_encoder"]


class TextEncoder:
    """The encoder half of a T5 checkpoint of the model store. Raises ModelMissing or StageRefused."""

    def __init__(self, name: TextEncoderName) -> None:
        folder = model_folder(name)
        self._device = Device()
        transformers, torch = self._device.transformers, self._device.torch
        self._words = self._device.read(transformers.AutoTokenizer, folder)
        # Not in half precision, in which T5 overflows.
        dtype = torch.bfloat16 if self._device.name == "cuda" else torch.float32
        found = self._device.read(transformers.T5EncoderModel, folder, dtype=dtype)
        self._model = found.to(self._device.name).eval()

    def vectors_of(self, texts: Sequence[str]) -> list[TokenVectors]:
        """For each text its tokens' vectors, the end mark among them, without filling."""
        if not texts:
            return []
        with self._device.torch.inference_mode():
            words = self._words(
                list(texts), return_tensors="pt", padding=True, truncation=True, max_length=MOST_TOKENS
            ).to(self._device.name)
            mask = words["attention_mask"]
            rows = self._model(input_ids=words["input_ids"], attention_mask=mask).last_hidden_state
            half = rows.float().cpu().numpy().astype(np.float16)
        return [one[:count].copy() for one, count in zip(half, mask.sum(dim=1).tolist(), strict=True)]


def load_text_encoder(name: TextEncoderName) -> TextEncoder:
    """The encoder, loaded. Raises ModelMissing or StageRefused."""
    return TextEncoder(name)
