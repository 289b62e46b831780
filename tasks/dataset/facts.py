"""What a version's card says of it, in numbers: out of its index, and out of what was known when it was published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import ObjectMissing
from tasks.dataset.version import PublishedVersion

NAME_DIGITS = 16
UNKNOWN, SILENT = "unknown", "none"
_SUMS = [("clip_id", "count"), ("duration_s", "sum"), ("size_bytes", "sum"), ("video_id", "count_distinct")]


def card_folder(version: PublishedVersion) -> str:
    """Key of the folder with the card of a version."""
    return f"versions/{version.number:05d}/card"


def known_key(version: PublishedVersion) -> str:
    """Key of what only the catalog knew when the version was published: the sources' terms, and the funnel.

    Named by the manifest that it is about, so that one of a lost race is not taken for the winner's.
    """
    return f"versions/{version.number:05d}/known-{version.sha256[:NAME_DIGITS]}.json"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the version that has some properties in common."""

    of: tuple[str, ...]
    """The properties."""
    clips: int
    videos: int
    duration_s: float
    size_bytes: int

    @property
    def hours(self) -> float:
        """Length in hours."""
        return self.duration_s / 3600


@dataclass(frozen=True, slots=True)
class Facts:
    """A version in numbers."""

    sources: tuple[Share, ...]
    """By source and licence."""
    cells: tuple[Share, ...]
    """By resolution, aspect ratio and length."""
    codecs: tuple[Share, ...]
    """By video codec and sound codec."""
    frame_rates: tuple[Share, ...]
    captioned: int | None
    """Clips with a caption in the index; None where the version has no captions."""
    terms: Mapping[str, Mapping[str, Any]]
    """Of each source that the publishing run knew: licence, rights, evidence."""
    funnel: Sequence[Mapping[str, Any]]
    """Rows of stage, unit, flow, reason, things and seconds; none where nothing was noted."""

    @property
    def licences(self) -> list[str]:
        """In order of their names."""
        return sorted({share.of[1] for share in self.sources})


def facts_of(version: PublishedVersion) -> Facts:
    """The facts of the version."""
    with version.store.open(version.manifest["index"]["key"]) as file:
        wanted = [
            "clip_id",
            "video_id",
            "duration_s",
            "size_bytes",
            "source",
            "licence",
            "cell",
            "codec",
            "audio_codec",
        ]
        has_captions = "caption" in pq.read_schema(file).names
        index = pq.read_table(file, columns=[*wanted, "fps", *(["caption"] if has_captions else [])])
    known = _known(version)
    return Facts(
        sources=_shares(index, "source", "licence"),
        cells=_shares(index, "cell"),
        codecs=_shares(index.set_column(*_sound(index)), "codec", "audio_codec"),
        frame_rates=_shares(index, "fps"),
        captioned=len(index) - index["caption"].null_count if has_captions else None,
        terms={one["name"]: one for one in known.get("sources", ())},
        funnel=known.get("funnel", ()),
    )


def _shares(index: pa.Table, *columns: str) -> tuple[Share, ...]:
    """The largest first."""
    # On one thread, since sums of doubles hang on their order.
    sums = index.group_by(list(columns), use_threads=False).aggregate(_SUMS).to_pylist()
    shares = [
        Share(
            tuple(_word(row[column]) for column in columns),
            clips=row["clip_id_count"],
            videos=row["video_id_count_distinct"],
            duration_s=row["duration_s_sum"],
            size_bytes=row["size_bytes_sum"],
        )
        for row in sums
    ]
    return tuple(sorted(shares, key=lambda share: (-share.duration_s, share.of)))


def _sound(index: pa.Table) -> tuple[int, str, pa.Array]:
    """Place, name and values of the column that says how the sound is coded, where there is some."""
    name = "audio_codec"
    return index.column_names.index(name), name, index[name].fill_null(SILENT)


def _word(value: Any) -> str:
    return UNKNOWN if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _known(version: PublishedVersion) -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(version.store.get_bytes(known_key(version)))
    except ObjectMissing:
        return {}
    return body
