"""Which cell of the dataset a clip belongs to: resolution x aspect ratio x length, as trainers bin them.

Bounds are those of the reference curator's shards; what lies below its bins has a named bin of its own, so that
every kept clip is in some shard.
"""

from dataclasses import dataclass

RESOLUTIONS_PX = (1080, 720, 480, 256)
"""Short sides from which the bins begin."""
ASPECT_RATIOS = ((0.65, "9_16"), (0.88, "3_4"), (1.16, "1_1"), (1.55, "4_3"), (float("inf"), "16_9"))
"""Largest width by height of each bin, and the ratio that names it."""
LENGTHS_S = ((5.0, "000_005"), (10.0, "005_010"), (30.0, "010_030"), (float("inf"), "030_inf"))
"""End of each bin, not included, and its name."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One bin of each kind."""

    resolution: str
    aspect_ratio: str
    length: str

    @property
    def path(self) -> str:
        """As it stands in keys; trainers read `aspect_ratio_W_H` out of it."""
        return f"resolution_{self.resolution}/aspect_ratio_{self.aspect_ratio}/length_{self.length}"


def cell_of(width_px: int, height_px: int, duration_s: float) -> Cell:
    """The cell of a clip of this size and length."""
    short_side_px, ratio = min(width_px, height_px), width_px / height_px
    resolution = next((str(low) for low in RESOLUTIONS_PX if short_side_px >= low), f"below_{RESOLUTIONS_PX[-1]}")
    aspect_ratio = next(name for most, name in ASPECT_RATIOS if ratio <= most)
    length = next(name for end, name in LENGTHS_S if duration_s < end)
    return Cell(resolution, aspect_ratio, length)
