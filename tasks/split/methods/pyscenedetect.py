"""PySceneDetect's content and adaptive detectors, on frames decoded here and not by OpenCV."""

from typing import Any

import numpy as np

from tasks.core.errors import StageRefused
from tasks.core.media import Source, View, decode
from tasks.core.model import VideoInfo
from tasks.split.detection import Detection, Found, detection

_SIDE_PX = 256
"""Longer side of the pictures; what scenedetect itself scales down to."""


def detect_with_scenedetect(source: Source, info: VideoInfo, method: str) -> Detection:
    """Cuts by scenedetect with its default thresholds; raises StageRefused where it is not installed."""
    try:
        from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode
    except ImportError as error:
        wanted = "uv pip install scenedetect"
        raise StageRefused(f"method: {method} needs scenedetect; install it with: {wanted}") from error
    detector = ContentDetector() if method == "content" else AdaptiveDetector()
    rate = float(info.frame_rate)
    pts: list[int] = []
    cuts: list[Any] = []
    for number, frame in enumerate(decode(source, info, view=View(max_side_px=_SIDE_PX))):
        pts.append(frame.pts)
        cuts.extend(detector.process_frame(FrameTimecode(number, rate), np.ascontiguousarray(frame.image[:, :, ::-1])))
    cuts.extend(detector.post_process(FrameTimecode(len(pts) - 1, rate)))
    numbers = sorted({int(cut.frame_num) for cut in cuts if 0 < cut.frame_num < len(pts)})
    return detection(info, np.array(pts, np.int64), [Found(number, number, "cut", 1.0) for number in numbers])
