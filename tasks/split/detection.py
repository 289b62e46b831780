"""What a shot detector says of one video."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Boundary, VideoInfo


@dataclass(frozen=True, slots=True)
class Detection:
    """The changes of shot of a video, and its frames as they really are."""

    boundaries: tuple[Boundary, ...]
    """In order of time, none overlapping."""
    frame_pts: NDArray[np.int64]
    """When each frame is shown, ascending; at least one."""
    end_pts: int
    """End of the last frame."""
    time_base: Fraction

    @property
    def frame_count(self) -> int:
        """Frames that the file really holds."""
        return len(self.frame_pts)

    def pts_of(self, frame: int) -> int:
        """When a frame is shown; for the one past the last, when the video ends."""
        return self.end_pts if frame >= self.frame_count else int(self.frame_pts[frame])


@dataclass(frozen=True, slots=True)
class Found:
    """A change of shot in frame numbers: [start, end) is the transition, both the first new frame for a cut."""

    start: int
    end: int
    kind: str
    strength: float


def detection(info: VideoInfo, frame_pts: NDArray[np.int64], changes: list[Found]) -> Detection:
    """A detection from the changes in order of time."""
    end_pts = _last_end_pts(info, frame_pts)
    bare = Detection((), frame_pts, end_pts, info.time_base)
    return replace(bare, boundaries=tuple(_boundary(change, bare) for change in changes))


def _boundary(change: Found, bare: Detection) -> Boundary:
    return Boundary(
        frame=change.end,
        kind=change.kind,
        start_frame=change.start,
        end_frame=change.end,
        frame_pts=bare.pts_of(change.end),
        start_pts=bare.pts_of(change.start),
        end_pts=bare.pts_of(change.end),
        strength=min(max(change.strength, 0.0), 1.0),
    )


def _last_end_pts(info: VideoInfo, frame_pts: NDArray[np.int64]) -> int:
    """End of the last frame: as the container says where that is believable, else after a usual frame's time."""
    last = int(frame_pts[-1])
    nominal = round(1 / (info.frame_rate * info.time_base)) if info.frame_rate > 0 else 1
    usual = usual_step(frame_pts) if len(frame_pts) > 1 else max(nominal, 1)
    return info.end_pts if last < info.end_pts <= last + 2 * usual else last + usual


def usual_step(frame_pts: NDArray[np.int64]) -> int:
    """How long a frame is usually shown, in ticks of the time base, at least 1."""
    return max(int(np.median(np.diff(frame_pts))), 1) if len(frame_pts) > 1 else 1
