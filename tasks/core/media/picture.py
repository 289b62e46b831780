"""From coded pictures to the picture that is wanted: crop, scale and turn in one pass of libavfilter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av
from av.error import BlockingIOError as NothingYet
from av.filter import Graph
from av.video.frame import VideoFrame

from tasks.core.model import Box, VideoInfo

Filter = tuple[str, str]
"""Name and arguments of one libavfilter filter."""

TURNS: dict[int, list[Filter]] = {
    0: [],
    90: [("transpose", "clock")],
    180: [("hflip", ""), ("vflip", "")],
    270: [("transpose", "cclock")],
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Which part of the displayed picture is wanted, and how large."""

    box: Box
    width_px: int
    height_px: int


def shape_within(info: VideoInfo, box: Box | None, max_side_px: int | None) -> Shape:
    """The box (None: all) scaled down to at most this longer side, with even sides where it is scaled."""
    box = checked_box(info, box)
    longer = max(box.width, box.height)
    if max_side_px is None or longer <= max_side_px:
        return Shape(box, box.width, box.height)
    return Shape(box, even(box.width * max_side_px / longer), even(box.height * max_side_px / longer))


def even_shape(info: VideoInfo, box: Box | None, max_short_side_px: int | None) -> Shape:
    """The box (None: all) less its odd last row and column, scaled down to at most this shorter side."""
    box = checked_box(info, box)
    box = Box(box.x, box.y, max(2, box.width // 2 * 2), max(2, box.height // 2 * 2))
    shorter = min(box.width, box.height)
    if max_short_side_px is None or shorter <= max_short_side_px:
        return Shape(box, box.width, box.height)
    scale = max_short_side_px / shorter
    return Shape(box, even(box.width * scale), even(box.height * scale))


def even(side_px: float) -> int:
    """The nearest even number of pixels, at least 2."""
    return max(2, 2 * round(side_px / 2))


def checked_box(info: VideoInfo, box: Box | None) -> Box:
    """The box, or the whole picture for None; ValueError where it reaches outside the picture."""
    if box is None:
        return Box(0, 0, info.width_px, info.height_px)
    inside = box.x >= 0 and box.y >= 0 and box.x + box.width <= info.width_px and box.y + box.height <= info.height_px
    if not inside or box.width < 1 or box.height < 1:
        raise ValueError(f"{box} is not inside a picture of {info.width_px}x{info.height_px}")
    return box


def coded_box(info: VideoInfo, box: Box, coded_size: tuple[int, int]) -> Box:
    """The displayed box in the pixels of a coded picture of this size."""
    unturned = _unturned(info, box)
    width, height = unturned_size(info)
    across, down = coded_size[0] / width, coded_size[1] / height
    left, top = round(unturned.x * across), round(unturned.y * down)
    right, bottom = round((unturned.x + unturned.width) * across), round((unturned.y + unturned.height) * down)
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def unturned_size(info: VideoInfo) -> tuple[int, int]:
    """Width and height of the picture before the player turns it."""
    if info.rotation_deg in (90, 270):
        return info.height_px, info.width_px
    return info.width_px, info.height_px


def _unturned(info: VideoInfo, box: Box) -> Box:
    """The displayed box in the picture before the player turns it."""
    if info.rotation_deg == 90:
        return Box(box.y, info.width_px - box.x - box.width, box.height, box.width)
    if info.rotation_deg == 180:
        return Box(info.width_px - box.x - box.width, info.height_px - box.y - box.height, box.width, box.height)
    if info.rotation_deg == 270:
        return Box(info.height_px - box.y - box.height, box.x, box.height, box.width)
    return box


def picture_filters(info: VideoInfo, shape: Shape, coded_size: tuple[int, int], scaling: str) -> list[Filter]:
    """Crop, then scale, then turn, each only where it changes the picture; scaling holds swscale's flags."""
    turned = info.rotation_deg in (90, 270)
    size = (shape.height_px, shape.width_px) if turned else (shape.width_px, shape.height_px)
    box = coded_box(info, shape.box, coded_size)
    filters: list[Filter] = []
    if box != Box(0, 0, *coded_size):
        filters.append(("crop", f"w={box.width}:h={box.height}:x={box.x}:y={box.y}:exact=1"))
    if (box.width, box.height) != size:
        filters.append(("scale", f"w={size[0]}:h={size[1]}:flags={scaling}"))
    return filters + TURNS[info.rotation_deg]


def coded_filters(info: VideoInfo, box: Box, coded_size: tuple[int, int]) -> list[Filter]:
    """Crop, then turn: the pixels of the box as they were coded."""
    cut = coded_box(info, box, coded_size)
    return [("crop", f"w={cut.width}:h={cut.height}:x={cut.x}:y={cut.y}:exact=1"), *TURNS[info.rotation_deg]]


class Filtering:
    """Frames through filters that give one frame for each, made anew where size or format change midway."""

    def __init__(self, filters_for: Callable[[VideoFrame], Sequence[Filter]]) -> None:
        self._filters_for = filters_for
        self._chain: FilterChain | None = None

    def filtered(self, frame: VideoFrame) -> VideoFrame:
        """The frame after the filters."""
        if self._chain is None or self._chain.key != chain_key(frame):
            self._chain = FilterChain(frame, self._filters_for(frame))
        (out,) = self._chain.push(frame)
        return out


class FilterChain:
    """A chain of filters for frames of one size and format."""

    def __init__(self, frame: VideoFrame, filters: Sequence[Filter]) -> None:
        self.key = chain_key(frame)
        self._graph = Graph()
        self._graph.threads = 1
        nodes = [self._graph.add("buffer", _buffer_arguments(frame))]
        nodes += [self._graph.add(name, arguments or None) for name, arguments in filters]
        nodes.append(self._graph.add("buffersink"))
        self._graph.link_nodes(*nodes).configure()

    def push(self, frame: VideoFrame | None) -> list[VideoFrame]:
        """The frames that come out when this one goes in; None says that no more will come."""
        self._graph.vpush(frame)
        out: list[VideoFrame] = []
        while True:
            try:
                out.append(self._graph.vpull())
            except (NothingYet, av.error.EOFError):
                return out


def chain_key(frame: VideoFrame) -> tuple[object, ...]:
    """What must stay the same from frame to frame for one chain to serve."""
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range


def _buffer_arguments(frame: VideoFrame) -> str:
    return (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}"
        f":pixel_aspect=1/1:colorspace={frame.colorspace}:range={frame.color_range}"
    )
