"""What a version's card says of it, in numbers: out of its index, and out of what was known when it was published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import ObjectMissing
from tasks.dataset.version import PublishedVersion

NAME_DIGITS = 16
UNKNOWN, SILENT = "unknown", "none"
_COLUMNS = (
    "clip_id", "video_id", "duration_s", "size_bytes", "source", "licence", "cell", "codec", "audio_codec", "fps",
)  # fmt: skip
_SUMS = [("clip_id", "count"), ("duration_s", "sum"), ("size_bytes", "sum")]
_PAGE_CLIPS = 1 << 16


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
    """Of sources alone."""
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
    """The facts of the version. Memory: a page of its index, and the ids of its videos."""
    sources, cells = _Shares("source", "licence", are_videos_counted=True), _Shares("cell")
    codecs, rates = _Shares("codec", "audio_codec"), _Shares("fps")
    captioned = 0
    with version.store.open(version.manifest["index"]["key"]) as file:
        index = pq.ParquetFile(file)
        has_captions = "caption" in index.schema_arrow.names
        for batch in index.iter_batches(_PAGE_CLIPS, columns=[*_COLUMNS, *(["caption"] if has_captions else [])]):
            page = pa.Table.from_batches([batch])
            for shares in (sources, cells, rates):
                shares.add(page)
            codecs.add(page.set_column(*_sound(page)))
            captioned += len(page) - page["caption"].null_count if has_captions else 0
    known = _known(version)
    return Facts(
        sources=sources.found,
        cells=cells.found,
        codecs=codecs.found,
        frame_rates=rates.found,
        captioned=captioned if has_captions else None,
        terms={one["name"]: one for one in known.get("sources", ())},
        funnel=known.get("funnel", ()),
    )


@dataclass(slots=True)
class _Sum:
    """What some clips come to."""

    clips: int = 0
    duration_s: float = 0.0
    size_bytes: int = 0
    videos: set[str] = field(default_factory=set)


class _Shares:
    """Sums by the values of some columns, page by page."""

    def __init__(self, *columns: str, are_videos_counted: bool = False) -> None:
        self._columns, self._sums = list(columns), dict[tuple[str, ...], _Sum]()
        self._aggregates = [*_SUMS, *([("video_id", "distinct")] if are_videos_counted else [])]

    def add(self, page: pa.Table) -> None:
        """Counts the clips of a page."""
        # On one thread, since sums of doubles hang on their order.
        rows = page.group_by(self._columns, use_threads=False).aggregate(self._aggregates).to_pylist()
        for row in rows:
            one = self._sums.setdefault(tuple(_word(row[column]) for column in self._columns), _Sum())
            one.clips += row["clip_id_count"]
            one.duration_s += row["duration_s_sum"]
            one.size_bytes += row["size_bytes_sum"]
            one.videos.update(row.get("video_id_distinct", ()))

    @property
    def found(self) -> tuple[Share, ...]:
        """The largest first."""
        shares = (
            Share(of, one.clips, len(one.videos), one.duration_s, one.size_bytes) for of, one in self._sums.items()
        )
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
