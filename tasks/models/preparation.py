"""Pictures as a network was trained on them: resized and cropped, still as bytes; the only file that needs Pillow."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused

Picture = NDArray[np.uint8]
"""uint8 [height, width, 3]: red, green, blue."""

_BILINEAR, _BICUBIC = 2, 3
"""What Pillow and transformers call them."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a checkpoint's own `preprocessor_config.json` says that a picture becomes its input."""

    resize: int | tuple[int, int]
    """The shorter side in pixels, the other in proportion; or height and width, out of proportion."""
    crop: tuple[int, int] | None
    """Height and width that are cut out of the middle; None for no crop."""
    resample: int
    mean: tuple[float, ...]
    """Of red, green and blue, where 1 is full; taken off."""
    spread: tuple[float, ...]
    """What is left is divided by it."""

    @property
    def shorter_side_px(self) -> int:
        """The shorter side that a picture needs so that nothing is enlarged."""
        return self.resize if isinstance(self.resize, int) else max(self.resize)

    def prepared(self, picture: Picture) -> Picture:
        """The picture as the network takes it, but for mean and spread; always of one size."""
        height, width = self._size(*picture.shape[:2])
        resized = _resized(picture, height, width, self.resample) if picture.shape[:2] != (height, width) else picture
        if self.crop is None:
            return resized
        top, left = (height - self.crop[0]) // 2, (width - self.crop[1]) // 2
        return resized[top : top + self.crop[0], left : left + self.crop[1]]

    def _size(self, height: int, width: int) -> tuple[int, int]:
        if not isinstance(self.resize, int):
            return self.resize
        # As transformers rounds it: the longer side down.
        if height <= width:
            return self.resize, int(self.resize * width / height)
        return int(self.resize * height / width), self.resize


@dataclass(frozen=True, slots=True)
class AsSeen:
    """How a network is given what takes pictures of any shape."""

    shorter_side_px: int
    """Larger pictures are made smaller; none is enlarged."""

    def prepared(self, picture: Picture) -> Picture:
        """The picture as it comes."""
        return picture


def read_preparation(folder: Path) -> Preparation:
    """The preparation of the checkpoint in a folder. Raises StageRefused where it is of another sort."""
    readers = {
        "preprocessor_config.json": _of_pictures,
        "video_preprocessor_config.json": _of_videos,
        "processor_config.json": _of_own_code,
    }
    name = next((name for name in readers if (folder / name).exists()), "preprocessor_config.json")
    try:
        return readers[name](json.loads((folder / name).read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageRefused(f"{folder / name} is not one of a network that clipmill knows: {error!r}") from error


def _of_pictures(said: dict[str, Any]) -> Preparation:
    """Of a CLIP or SigLIP."""
    return Preparation(
        resize=_resize(said["size"]),
        crop=_sides(said["crop_size"]) if said.get("do_center_crop") else None,
        resample=int(said.get("resample", _BICUBIC)),
        mean=tuple(map(float, said["image_mean"])),
        spread=tuple(map(float, said["image_std"])),
    )


def _of_videos(said: dict[str, Any]) -> Preparation:
    """Of a V-JEPA 2, whose processor always resizes in this proportion to its crop, whatever `size` says."""
    crop = _sides(said["crop_size"])
    return replace(_of_pictures({"resample": _BILINEAR, **said}), resize=int(crop[0] * 256 / 224), crop=crop)


def _of_own_code(said: dict[str, Any]) -> Preparation:
    """Of a Cosmos-Embed1, whose own code does the rest."""
    return Preparation(_sides(said["resolution"]), None, _BICUBIC, mean=(0.0,) * 3, spread=(1.0,) * 3)


def _resize(size: Any) -> int | tuple[int, int]:
    if isinstance(size, int):
        return size
    return int(size["shortest_edge"]) if "shortest_edge" in size else _sides(size)


def _sides(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size["height"]), int(size["width"]))


def _resized(picture: Picture, height: int, width: int, resample: int) -> Picture:
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((width, height), resample=resample))
