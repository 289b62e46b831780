"""A picture of some of a version's clips: a frame from the middle of each."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import UnreadableVideo
from tasks.core.media import View, decode, probe
from tasks.core.media.still import encode_jpeg
from tasks.core.model import Span
from tasks.dataset.version import PublishedVersion, Row

COLUMNS, ROWS = 4, 3
SIDE_PX = 240
_GAP_PX = 4
_PAPER = 245


def grid_of(version: PublishedVersion) -> bytes | None:
    """A JPEG of up to twelve clips, evenly over the version; None where none of those looked at decodes."""
    pictures = list(islice(_pictures(version), COLUMNS * ROWS))
    return encode_jpeg(_tiled(pictures)) if pictures else None


def pictured(version: PublishedVersion) -> set[str]:
    """The clips that its picture may show."""
    return {row["clip_id"] for row in _spread(version)}


def _pictures(version: PublishedVersion) -> Iterator[NDArray[np.uint8]]:
    for row in _spread(version):
        try:
            yield _middle(version.clip(row).video)
        except UnreadableVideo:
            continue  # a picture fewer; it is `verify` that says what is wrong with a clip


def _spread(version: PublishedVersion) -> Iterator[Row]:
    """Rows of the index, evenly over it."""
    clips = version.manifest["clips"]
    wanted = {(2 * place + 1) * clips // (2 * COLUMNS * ROWS) for place in range(COLUMNS * ROWS)}
    columns = ("clip_id", "shard", "offset_bytes", "size_bytes", "sha256")
    return (row for place, row in enumerate(version.rows(columns)) if place in wanted)


def _middle(video: bytes) -> NDArray[np.uint8]:
    info = probe(BytesIO(video))
    later_half = Span((info.start_pts + info.end_pts) // 2, info.end_pts, info.time_base)
    for frame in decode(BytesIO(video), info, later_half, View(max_side_px=SIDE_PX)):
        return frame.image
    raise UnreadableVideo("no_frames", "no picture decodes in the second half of the clip")


def _tiled(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The pictures, each in the middle of its place; a row is as high as the highest in it."""
    rows = [pictures[first : first + COLUMNS] for first in range(0, len(pictures), COLUMNS)]
    return np.concatenate([_row(row, min(COLUMNS, len(pictures))) for row in rows])


def _row(pictures: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    side = SIDE_PX + _GAP_PX
    row_height = max(picture.shape[0] for picture in pictures) + _GAP_PX
    row = np.full((row_height, columns * side, 3), _PAPER, np.uint8)
    for place, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        top, left = (row_height - height) // 2, place * side + (side - width) // 2
        row[top : top + height, left : left + width] = picture
    return row
