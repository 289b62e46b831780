"""A page of windows with what was said of each: to look at captions beside what they describe."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.caption.look import Described, with_pictures
from tasks.core.catalog import Row
from tasks.core.catalog.inputs import ClipInput, clip_of
from tasks.core.model import Span, content_id
from tasks.core.pool import Done, ItemPool, Stopped, worker_count
from tasks.core.store import open_source
from tasks.report import wording

SHEET_PICTURES, SHEET_SIDE_PX = 5, 220
TEMPLATES = [Path(__file__).parent / "templates", Path(wording.__file__).parent / "templates"]
LIMIT_S = 120.0
MEMORY_BYTES = 4 << 30


@dataclass(frozen=True, slots=True)
class Look:
    """How many pictures of a window, and how large."""

    pictures: int = SHEET_PICTURES
    side_px: int = SHEET_SIDE_PX


@dataclass(frozen=True, slots=True)
class Column:
    """What one prompt, or one run, said of a window."""

    heading: str
    captions: Mapping[str, str]
    """short, medium and long; empty where there is none."""
    flags: Sequence[str]
    unmeasured: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One window on the page."""

    clip_id: str
    path: str
    start_s: float
    end_s: float
    sheet: tuple[str, ...]
    """Pictures as data URIs, in order of time."""
    columns: tuple[Column, ...]


def window_clip(row: Row) -> ClipInput:
    """The window in a row of cli/caption_windows as a clip of its own; its id is that of the window."""
    clip = clip_of(row, reserved_by="reserved_id")
    start, end = (
        clip.span.start_pts + round(row[name] / clip.span.time_base) for name in ("window_start_s", "window_end_s")
    )
    window = content_id("window", clip.subject_id, row["ordinal"])
    span = Span(start, min(end, clip.span.end_pts), clip.span.time_base)
    return ClipInput(window, window, clip.uri, clip.info, span, clip.inner)


def look_at(clip: ClipInput, look: Look) -> Described:
    """Pictures of a window. Raises UnreadableVideo."""
    with open_source(clip.uri) as source:
        pictures = with_pictures(source, clip, look.pictures, look.side_px)
    # A window that is a second or two longer than most is still one window here.
    shown = [picture for _, some in sorted(pictures.pictures.items()) for picture in some]
    return Described(pictures.windows[:1], {0: tuple(shown)} if shown else {})


def looked_at(clips: Sequence[ClipInput], look: Look) -> dict[uuid.UUID, Described]:
    """Pictures of each window that decodes, by its id; one after the other per process, so that memory is bounded."""
    found: dict[uuid.UUID, Described] = {}
    if not clips:
        return found
    with ItemPool(min(worker_count(), len(clips)), MEMORY_BYTES, __name__) as pool:
        futures = [(clip, pool.submit(look_at, clip, look, LIMIT_S)) for clip in clips]
        for clip, future in futures:
            match pool.outcome(future, LIMIT_S):
                case Done(_, value):
                    found[clip.subject_id] = value
                case Stopped(error, message):
                    raise error(message)
    return found


def sheet_of(described: Described | None) -> tuple[str, ...]:
    """The pictures as data URIs; none where the window does not decode."""
    pictures = described.pictures.get(0, ()) if described else ()
    return tuple(f"data:image/jpeg;base64,{base64.b64encode(one.jpeg).decode()}" for one in pictures)


def column_of(row: Row) -> Column:
    """What the catalog has of a window."""
    lengths = {name: row[name] for name in ("short", "medium", "long") if row[name] is not None}
    return Column(row["model"], lengths, row["flags"], row["unmeasured"])


def captions_page(title: str, about: str, shown: Sequence[Shown]) -> str:
    """The HTML of the page. Captions, names and paths come from outside: all of it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(shown=wording.printable, count=wording.count)
    facts: dict[str, Any] = {"title": title, "about": about, "windows": shown, "counted": _counted(shown)}
    return environment.get_template("captions.html").render(facts)


def _counted(shown: Sequence[Shown]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Per column, how many windows have each flag."""
    headings = dict.fromkeys(column.heading for one in shown for column in one.columns)
    found = []
    for heading in headings:
        columns = [column for one in shown for column in one.columns if column.heading == heading]
        flags = [flag for column in columns for flag in column.flags]
        flags += ["unmeasured" for column in columns if column.unmeasured]
        found.append((heading, [(flag, flags.count(flag)) for flag in dict.fromkeys(flags)]))
    return found
