"""A clip as it goes into a tar: its video file, a JSON that says what it is, and perhaps its captions as vectors."""

import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tasks.core.catalog import Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.values import span_of
from tasks.core.settings import canonical_json
from tasks.core.settings_shard import TextVectorSettings
from tasks.shard.tar import member_bytes

BYTES_A_CHARACTER = 512
"""Of the vectors of a text, about: a vector of 1024 numbers in half precision for a token of four characters."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One encoded survivor."""

    clip_id: uuid.UUID
    cell: str
    object_key: str
    sha256: str
    size_bytes: int
    about: bytes
    """JSON of what the clip is: content only, so that two runs write the same."""
    caption_id: uuid.UUID | None = None
    """Of the captions in it."""
    texts: tuple[str, ...] = ()
    """The caption of each window, of which there are to be vectors; empty where a window has none."""

    @property
    def video_name(self) -> str:
        """The member with its video."""
        return f"{self.clip_id}.mp4"

    @property
    def packed_bytes(self) -> int:
        """What it takes up in a tar; of vectors, which are made when it is packed, about."""
        size_bytes = member_bytes(self.size_bytes) + member_bytes(len(self.about))
        return size_bytes + (member_bytes(self._vector_bytes) if self._vector_bytes else 0)

    @property
    def _vector_bytes(self) -> int:
        """Of an array in which every window has as many rows as the longest."""
        return len(self.texts) * max(map(len, self.texts), default=0) * BYTES_A_CHARACTER


def clip_of(row: Row, vectors: TextVectorSettings | None = None) -> Clip:
    """The clip in a row of catalog.run_placed, with the texts of which vectors are wanted."""
    texts = _texts(row, vectors) if vectors else ()
    return Clip(
        clip_id=as_uuid(row["clip_id"]),
        cell=row["cell"],
        object_key=row["object_key"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        about=canonical_json(_about(row) | ({"text_vectors": vectors.described} if vectors and texts else {})).encode(),
        caption_id=None if row["caption_id"] is None else as_uuid(row["caption_id"]),
        texts=texts,
    )


def _texts(row: Row, vectors: TextVectorSettings) -> tuple[str, ...]:
    """The caption of every window; none at all where no window has one."""
    texts = tuple(window["captions"].get(vectors.caption, "") for window in row["captions"] or ())
    return texts if any(texts) else ()


def _about(row: Row) -> dict[str, Any]:
    span = span_of(row)
    box = {"x_px": row["x_px"], "y_px": row["y_px"], "width_px": row["box_width_px"], "height_px": row["box_height_px"]}
    return {
        "clip_id": str(row["clip_id"]),
        "video_id": str(row["video_id"]),
        "sha256": row["sha256"],
        "size_bytes": row["size_bytes"],
        "width_px": row["width_px"],
        "height_px": row["height_px"],
        "frame_count": row["frame_count"],
        "frame_rate": f"{row['frame_rate_num']}/{row['frame_rate_den']}",
        "duration_s": row["duration_s"],
        "codec": row["codec"],
        "pixel_format": row["pixel_format"],
        "audio_codec": row["audio_codec"],
        "span": {
            "start_pts": span.start_pts,
            "end_pts": span.end_pts,
            "time_base": str(span.time_base),
            "start_s": span.start_s,
            "end_s": span.end_s,
        },
        "crop_box": None if row["x_px"] is None else box,
        "source": row["source"],
        "licence": row["licence"],
        "scores": {name: float(value) for name, value in (row["scores"] or {}).items()},
        **_captions(row),
        **({"metadata": row["metadata"]} if row.get("metadata") is not None else {}),
    }


def _captions(row: Row) -> dict[str, Any]:
    """The captions by windows, where the recipe makes any; those by parts with what the encoded clip is."""
    if row["captions"] is None:
        return {}
    rate = Fraction(row["frame_rate_num"], row["frame_rate_den"])
    ratio = Fraction(row["width_px"], row["height_px"]).limit_denominator(32)
    whole = {
        "resolution": {"H": row["height_px"], "W": row["width_px"]},
        "aspect_ratio": f"{ratio.numerator},{ratio.denominator}",
        "fps": round(float(rate), 3),
    }
    windows = [dict(window) for window in row["captions"]]
    for window in windows:
        if "caption_json" in window:
            duration = f"{window['end_s'] - window['start_s']:g}s"
            window["caption_json"] = {**window["caption_json"], **whole, "duration": duration}
    return {"captions": windows}
