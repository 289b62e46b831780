"""What the demo corpus holds: six programmes, two duplicates and six files that are no videos."""

from dataclasses import dataclass, field
from fractions import Fraction

from tasks.cli.demo_corpus.edit import Shot
from tasks.cli.demo_corpus.looks import AUTUMN, DAWN, DEEP, DESERT, MOONLIT, NIGHT, NOON, TOWN, WINTER, WORKSHOP
from tasks.core.media.write import Writing
from tasks.core.model import Box

_H264 = Writing(options={"preset": "veryfast", "crf": "22"})


@dataclass(frozen=True, slots=True)
class Programme:
    """One video as it is made."""

    name: str
    shots: tuple[Shot, ...]
    writing: Writing = _H264
    bars: tuple[float, float] = (0.0, 0.0)
    """Share of the width that the left and right bars take together, and of the height for top and bottom."""
    logo: str | None = None
    sound: bool = False

    def box(self, width_px: int, height_px: int) -> Box:
        """The picture inside the bars, on even pixels."""
        x, y = (round(side * share / 4) * 2 for side, share in zip((width_px, height_px), self.bars, strict=True))
        return Box(x, y, width_px - 2 * x, height_px - 2 * y)


@dataclass(frozen=True, slots=True)
class CorpusPlan:
    """The size and length of everything; the same plan gives the same bytes."""

    width_px: int = 640
    height_px: int = 360
    scale: float = 1.0
    """Lengths are multiplied by it."""
    seed: str = "clipmill"
    version: int = field(default=1, init=False)


COAST = Programme(
    name="coast morning.mp4",
    shots=(
        Shot("sea", NOON, 8.0),
        Shot("landscape", NOON, 9.0, then="dissolve"),
        Shot("sea", DAWN, 7.0),
        Shot("balls", DAWN, 2.5),
        Shot("landscape", DAWN, 8.0),
    ),
    sound=True,
)
NIGHT_DRIVE = Programme(
    name="night-drive.mp4",
    shots=(
        Shot("drive", MOONLIT, 9.0),
        Shot("city", NIGHT, 8.0, then="fade"),
        Shot("drive", WINTER, 7.0),
        Shot("city", NIGHT, 6.0, trait="dark"),
    ),
    writing=Writing(fps=Fraction(24), options={"preset": "veryfast", "crf": "21"}, gop_frames=96),
)
SCOPE = Programme(
    name="The Crossing (scope).mkv",
    shots=(
        Shot("landscape", DESERT, 8.0, then="wipe"),
        Shot("drive", DESERT, 7.0),
        Shot("sea", NIGHT, 6.5, then="dissolve"),
        Shot("nebula", DEEP, 7.0),
    ),
    writing=Writing(fps=Fraction(24_000, 1001), options={"preset": "veryfast", "crf": "22"}),
    bars=(0.0, 92 / 360),
)
ARCHIVE = Programme(
    name="archive_4x3.avi",
    shots=(
        Shot("arm", AUTUMN, 7.0),
        Shot("drive", AUTUMN, 7.5, then="dissolve"),
        Shot("balls", AUTUMN, 1.5),
        Shot("landscape", AUTUMN, 6.5),
    ),
    writing=Writing(codec="mpeg4", options={"qscale": "4", "flags": "+bitexact+qscale"}, gop_frames=12),
    bars=(160 / 640, 0.0),
)
NEWS = Programme(
    name="harbour news \u2013 'live'.mp4",
    shots=(
        Shot("city", TOWN, 7.0, subtitle="GOOD EVENING FROM THE HARBOUR."),
        Shot("drive", NOON, 6.5, subtitle="THE ROAD IS OPEN AGAIN,"),
        Shot("sea", WINTER, 6.0, subtitle="BUT ARE THE BOATS?"),
        Shot("landscape", WINTER, 6.0, trait="over_exposed", subtitle="SNOW HAS REACHED THE HILLS."),
    ),
    logo="CM 7",
)
LAB = Programme(
    name="lab_tests.webm",
    shots=(
        Shot("arm", WORKSHOP, 8.0),
        Shot("balls", WORKSHOP, 10.0, trait="frozen"),
        Shot("landscape", DAWN, 5.5, trait="still"),
        Shot("city", WINTER, 5.5, trait="still"),
        Shot("arm", WINTER, 6.0, trait="blurred"),
        Shot("nebula", DEEP, 6.0),
    ),
    writing=Writing(
        codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8", "crf": "34", "b": "0"}, gop_frames=125
    ),
)
PROGRAMMES = (COAST, NIGHT_DRIVE, SCOPE, ARCHIVE, NEWS, LAB)

IDENTICAL = ("copies/coast morning (1).mp4", COAST)
RECODED = ("copies/night-drive-small.mp4", NIGHT_DRIVE)
