"""The only door to PyAV and FFmpeg: probe, decode and encode."""

from tasks.core.media.container import Source
from tasks.core.media.decode import Frame, View, decode
from tasks.core.media.motion import motion_vectors
from tasks.core.media.probe import probe

__all__ = ["Frame", "Source", "View", "decode", "motion_vectors", "probe"]
