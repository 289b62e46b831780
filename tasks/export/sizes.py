"""Exact picture sizes that trainers ask for, by their name and aspect ratio."""

from collections.abc import Mapping
from math import log

from tasks.core.model import Box

Size = tuple[int, int]
"""Width and height in pixels."""

SIZES: Mapping[str, tuple[Size, ...]] = {
    "cosmos-1080": ((1920, 1056), (1440, 1056), (1024, 1024), (1056, 1440), (1056, 1920)),
    "cosmos-720": ((1280, 704), (960, 704), (960, 960), (704, 960), (704, 1280)),
    "cosmos-480": ((768, 432), (640, 480), (480, 480), (480, 640), (432, 768)),
    "cosmos-256": ((320, 192), (320, 256), (256, 256), (256, 320), (192, 320)),
    "wan-720p": ((1280, 720), (960, 720), (960, 960), (720, 960), (720, 1280)),
    "wan-480p": ((832, 480), (640, 480), (640, 640), (480, 640), (480, 832)),
}
"""The bins that Cosmos and Wan are trained in: 16:9, 4:3, 1:1, 3:4 and 9:16 of each resolution."""


def nearest_size(name: str, clip: Size) -> Size:
    """Of the sizes of that name, the one whose shape is nearest to the clip's."""
    return min(SIZES[name], key=lambda size: abs(log(size[0] / size[1] * clip[1] / clip[0])))


def middle_box(clip: Size, wanted: Size) -> Box:
    """The largest piece from the middle of the clip's picture that has the wanted shape, to whole pairs of pixels."""
    width, height = clip
    scale = min(width / wanted[0], height / wanted[1])
    across, down = (min(side, 2 * round(scale * want / 2)) for side, want in zip(clip, wanted, strict=True))
    return Box((width - across) // 4 * 2, (height - down) // 4 * 2, across, down)
