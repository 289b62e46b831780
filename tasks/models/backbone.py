"""The networks that turn clips, and some words too, into vectors of one space."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tasks.core.errors import StageRefused
from tasks.models.device import Device
from tasks.models.encoder import Clip, Encoder, Vectors, picture_by_picture
from tasks.models.folder import model_folder, verify
from tasks.models.preparation import Picture, read_preparation
from tasks.models.registry import model_named
from tasks.models.video_backbone import CosmosBackbone, VideoBackbone

_MAX_WORDS = 64
"""Tokens to which SigLIP was trained to fill up its words."""

_OF_WHOLE_CLIPS: dict[str, Callable[[Path], Encoder]] = {
    "vjepa2-vitl-fpc64-256": VideoBackbone,
    "cosmos-embed1-224p": CosmosBackbone,
}


class Backbone:
    """A CLIP or SigLIP checkpoint of a folder: a vector of each picture, and of words."""

    def __init__(self, folder: Path) -> None:
        self.device = Device()
        self._model = self.device.model(folder)
        self._words = self.device.read(self.device.transformers.AutoTokenizer, folder)
        self.preparation = read_preparation(folder)

    def vectors_of(self, clips: Sequence[Clip]) -> list[Vectors]:
        """For each clip one vector per picture; pictures come as `preparation` makes them."""
        return picture_by_picture(clips, self._vectors_of_pictures)

    def _vectors_of_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        with self.device.torch.inference_mode():
            pixels = self.device.pixels(pictures, self.preparation)
            return self._unit(self._model.get_image_features(pixel_values=pixels))

    def vectors_of_words(self, texts: Sequence[str]) -> Vectors:
        """One vector per text, to compare with those of pictures."""
        is_siglip = self._model.config.model_type.startswith("siglip")
        filling = {"padding": "max_length", "max_length": _MAX_WORDS} if is_siglip else {"padding": True}
        with self.device.torch.inference_mode():
            words = self._words([text.lower() for text in texts], return_tensors="pt", truncation=True, **filling)
            kept = {name: words[name].to(self.device.name) for name in ("input_ids", "attention_mask") if name in words}
            if is_siglip:  # trained without a mask
                kept.pop("attention_mask", None)
            return self._unit(self._model.get_text_features(**kept))

    @property
    def sharpness(self) -> float:
        """By what the network was trained to multiply similarities before they are told apart."""
        return float(self._model.logit_scale.detach().exp())

    def _unit(self, found: Any) -> Vectors:
        """transformers 5 gives the rows with all that lies below."""
        return self.device.unit(getattr(found, "pooler_output", found))


@cache
def load_encoder(name: str) -> Encoder:
    """The network of the model store, loaded once a process. Raises ModelMissing or StageRefused."""
    folder = model_folder(name)
    if model_named(name).own_code and (wrong := verify(name)):
        raise StageRefused(f"{name} brings code of its own, which is run only as it was fetched: {'; '.join(wrong)}")
    return _OF_WHOLE_CLIPS.get(name, Backbone)(folder)


def load_reader(name: str) -> Backbone | CosmosBackbone:
    """The same, where it knows words."""
    found = load_encoder(name)
    if not isinstance(found, Backbone | CosmosBackbone):
        raise StageRefused(f"{name} knows no words; clip-vit-large-patch14 does")
    return found


def load_backbone(name: str) -> Backbone:
    """The same, where it compares pictures with words."""
    found = load_encoder(name)
    if not isinstance(found, Backbone):
        raise StageRefused(f"{name} compares no picture with words; clip-vit-large-patch14 does")
    return found
