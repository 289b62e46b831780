"""What is true of the demo corpus, as values and as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ShotTruth:
    """Frames [start_frame, end_frame) that show one shot alone, without the transitions at its ends."""

    start_frame: int
    end_frame: int
    scene: str
    trait: str | None
    """frozen (from its middle on), still, dark, over_exposed or blurred; None for an ordinary shot."""


@dataclass(frozen=True, slots=True)
class BoundaryTruth:
    """A change of shot, as `model.Boundary` says it."""

    kind: str
    frame: int
    start_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class ProgrammeTruth:
    """One readable video of the corpus."""

    name: str
    """Path below the corpus folder."""
    fps: float
    frames: int
    width_px: int
    height_px: int
    box: tuple[int, int, int, int]
    """x, y, width, height of the picture inside its bars."""
    overlay: bool
    """Whether subtitles and a logo are burned in."""
    shots: tuple[ShotTruth, ...]
    boundaries: tuple[BoundaryTruth, ...]
    duplicate_of: str | None = None
    """Name of the programme it was made from."""
    duplicate_kind: str | None = None
    """identical (the same bytes) or recoded (smaller and coarser); None for an original."""


@dataclass(frozen=True, slots=True)
class BrokenTruth:
    """One file that cannot be read as a video, and the error kind it must end with."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class CorpusTruth:
    """Everything in the corpus folder."""

    made_with: str
    """The version of the corpus and the plan's numbers; another one is made anew."""
    programmes: tuple[ProgrammeTruth, ...]
    broken: tuple[BrokenTruth, ...]
    sizes_bytes: dict[str, int]
    """Size of every file by its name."""

    @property
    def duration_s(self) -> float:
        """Length of all that can be read, duplicates included."""
        return sum(programme.frames / programme.fps for programme in self.programmes)


def save_truth(truth: CorpusTruth, path: Path) -> None:
    """Writes the truth as JSON, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(asdict(truth), indent=1, ensure_ascii=False) + "\n")
    unfinished.replace(path)


def load_truth(path: Path) -> CorpusTruth | None:
    """The saved truth; None where there is none or it is of another shape."""
    try:
        saved = json.loads(path.read_text())
        return CorpusTruth(
            made_with=saved["made_with"],
            programmes=tuple(_programme(each) for each in saved["programmes"]),
            broken=tuple(BrokenTruth(**each) for each in saved["broken"]),
            sizes_bytes=saved["sizes_bytes"],
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _programme(saved: dict[str, Any]) -> ProgrammeTruth:
    x, y, width, height = saved["box"]
    shots = tuple(ShotTruth(**shot) for shot in saved["shots"])
    boundaries = tuple(BoundaryTruth(**boundary) for boundary in saved["boundaries"])
    return ProgrammeTruth(**{**saved, "box": (x, y, width, height), "shots": shots, "boundaries": boundaries})
