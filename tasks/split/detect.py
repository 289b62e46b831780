"""Finds the changes of shot of a video: one sparse pass over it all, then a closer look at some cuts."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.core.media import Source
from tasks.core.media.luma import Irregular, LumaWindow, SparseLuma, luma_window
from tasks.core.model import Span, VideoInfo
from tasks.core.recipe import SplitSettings
from tasks.split.changes import Change, changes_of
from tasks.split.detection import Detection, Found, detection
from tasks.split.features import COLUMNS, ROWS
from tasks.split.watch import Watched, watch


def detect(source: Source, info: VideoInfo, settings: SplitSettings) -> Detection:
    """The changes of shot by the method that the settings name; raises UnreadableVideo where nothing decodes."""
    if settings.method == "clipmill":
        return detect_with_network(source, info)
    if settings.method == "transnetv2":
        from tasks.split.methods.transnetv2 import detect_with_transnetv2

        return detect_with_transnetv2(source, info)
    from tasks.split.methods.pyscenedetect import detect_with_scenedetect

    return detect_with_scenedetect(source, info, settings.method)


def detect_with_network(source: Source, info: VideoInfo) -> Detection:
    """The changes of shot by our own detector."""
    watched = _watched(source, info)
    found = [_in_frames(change, watched) for change in changes_of(watched.evidence)]
    doubtful = _doubtful(found, watched)
    if doubtful:
        with luma_window(source, info, ROWS, COLUMNS) as window:
            found = [_placed(one, window, watched, info) if one in doubtful else one for one in found]
    return detection(info, watched.frame_pts, found)


def _watched(source: Source, info: VideoInfo) -> Watched:
    """The whole video seen once; a second time, every frame, where packets do not tell the times of frames."""
    luma = SparseLuma(source, info, ROWS, COLUMNS)
    try:
        return watch(luma, info.time_base)
    except Irregular:
        return watch(SparseLuma(source, info, ROWS, COLUMNS, sparse=False), info.time_base)


def _in_frames(change: Change, watched: Watched) -> Found:
    """The change in frame numbers; a cut is put where the picture changes most since the last watched one."""
    if change.kind != "cut":
        start, end = watched.watched[[change.start, change.end]]
    else:
        before, until = watched.watched[[change.start - 1, change.start]]
        start = end = before + 1 + int(watched.step[before + 1 : until + 1].argmax())
    numbers = np.searchsorted(watched.frame_pts, watched.decoded_pts[[start, end]])
    return Found(int(numbers[0]), int(numbers[1]), change.kind, change.strength)


def _doubtful(found: list[Found], watched: Watched) -> set[Found]:
    """Cuts with undecoded frames before them, but for those at key frames that an encoder put there for the cut."""
    decoded = np.searchsorted(watched.frame_pts, watched.decoded_pts)
    known, keys = set(decoded.tolist()), decoded[watched.decoded_key]
    trusted = _placed_keys(keys)
    return {one for one in found if one.kind == "cut" and one.start - 1 not in known and one.start not in trusted}


def _placed_keys(keys: NDArray[np.int64]) -> set[int]:
    """Key frames that come sooner than the encoder's longest distance: put there because the picture changed."""
    longest = max((later - earlier for earlier, later in pairwise(keys.tolist())), default=0)
    return {later for earlier, later in pairwise(keys.tolist()) if later - earlier < longest}


def _placed(cut: Found, window: LumaWindow, watched: Watched, info: VideoInfo) -> Found:
    """The cut at its very frame: the first that is more like the new shot than like the old."""
    times = watched.decoded_pts
    after = int(np.searchsorted(times, watched.frame_pts[cut.start]))
    pts, pictures = window.read(Span(int(times[after - 1]), int(times[after]) + 1, info.time_base))
    if len(pts) < 3:
        return cut
    to_old = np.abs(pictures - pictures[0]).mean(axis=(1, 2))
    to_new = np.abs(pictures - pictures[-1]).mean(axis=(1, 2))
    frame = int(np.searchsorted(watched.frame_pts, pts[int((to_new < to_old).argmax())]))
    return Found(frame, frame, cut.kind, cut.strength)
