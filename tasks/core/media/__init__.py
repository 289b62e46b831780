"""The only door to PyAV and FFmpeg: probe, decode and encode."""

from tasks.core.media.container import Source
from tasks.core.media.decode import Frame, Look, View, decode, looks
from tasks.core.media.encode import encode
from tasks.core.media.encoders import available_encoders
from tasks.core.media.motion import motion_vectors
from tasks.core.media.probe import probe
from tasks.core.media.rendition import Encoding, Rendition
from tasks.core.media.timing import nominal_rate, standard_rate

__all__ = [
    "Encoding",
    "Frame",
    "Look",
    "Rendition",
    "Source",
    "View",
    "available_encoders",
    "decode",
    "encode",
    "looks",
    "motion_vectors",
    "nominal_rate",
    "probe",
    "standard_rate",
]
