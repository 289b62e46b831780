"""Try several files: which of them are copies of one another, without a catalog and without Airflow."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.one_file import PANEL, opened, waiting

if TYPE_CHECKING:
    import numpy as np

    from tasks.core.settings_embed import EmbedSettings
    from tasks.embed.see import Seen

files_app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Looked:
    """One file, as far as it matters which of its copies is kept."""

    file: Path
    clip_id: uuid.UUID
    seen: "Seen"
    rank: tuple[float, ...]
    """The better, the less: of picture, bits for each pixel, age."""


@files_app.command(rich_help_panel=PANEL)
def dedup(
    files: list[Path] = typer.Argument(metavar="FILE...", help="Video files, each taken as one clip."),
    similarity: float | None = typer.Option(
        None, "--similarity", min=0, max=1, help="From here on two are copies; else as the default policy has it."
    ),
    model: str = typer.Option("signal", "--model", help="What makes the vectors: signal, or a model of the store."),
    as_json: bool = AS_JSON,
) -> None:
    """Find which files are copies of one another, and which copy is the best.

    --json gives
    clusters: representative (a file), members: file, similarity (with it)
    similarity: from where on two files count as copies
    model: what made the vectors
    """
    settings = _settings(model)
    limit = _limit(settings) if similarity is None else similarity
    with waiting("looking at the files"):
        _check(files)
        looked = [_look(number, file, settings) for number, file in enumerate(files)]
        clusters = _clusters(looked, _vectors(looked, settings), limit)
    said = {"clusters": clusters, "similarity": limit, "model": model}
    print_json(said) if as_json else _show(said)


def _settings(model: str) -> "EmbedSettings":
    from pydantic import ValidationError

    from tasks.core.errors import BadRecipe
    from tasks.core.recipe import explain_invalid
    from tasks.core.settings_embed import EmbedSettings

    asked: dict[str, Any] = {"embedding": {"model": model}}
    try:
        return EmbedSettings(**asked)
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, "embed")) from error


def _limit(settings: "EmbedSettings") -> float:
    from tasks.core.policy import load_policy

    duplicates = load_policy("default").duplicates
    limit = None if duplicates is None else duplicates.limits(settings.embedding.kind)[0]
    if limit is None:
        raise typer.BadParameter("the default policy has no limit for vectors of this kind: give --similarity")
    return limit


def _check(files: list[Path]) -> None:
    """Raises UnreadableVideo for the first that is none, before minutes go to the others."""
    for file in files:
        with _named(file), opened(file):
            pass


def _look(number: int, file: Path, settings: "EmbedSettings") -> Looked:
    from tasks.core.catalog.inputs import ClipInput
    from tasks.core.clusters import Quality
    from tasks.core.model import Span, content_id
    from tasks.core.settings_filter import CropSettings
    from tasks.core.store import path_to_uri
    from tasks.crop.find import find_box
    from tasks.embed.see import see
    from tasks.embed.stage import asked_by

    with _named(file), opened(file) as (stream, info):
        span = Span(info.start_pts, info.end_pts, info.time_base)
        box = find_box(stream, info, span, CropSettings()).box
        clip = content_id("file", number, str(file))
        asked = ClipInput(clip, clip, path_to_uri(file), info, span, box, ("embedding",))
        seen = see(stream, asked, asked_by(settings))
    bits = info.bit_rate and info.bit_rate / (info.width_px * info.height_px)
    quality = Quality(box.width * box.height, bits, datetime.fromtimestamp(file.stat().st_mtime, UTC))
    return Looked(file, clip, seen, (*quality.rank, number))


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Says of which of the files it is that it cannot be read."""
    from tasks.core.errors import UnreadableVideo

    try:
        yield
    except UnreadableVideo as error:
        if str(file) in error.detail:
            raise
        raise UnreadableVideo(error.kind, f"{file}: {error.detail}") from error


def _vectors(looked: list[Looked], settings: "EmbedSettings") -> "np.ndarray":
    """float32 [files, dimension], each of length 1."""
    import numpy as np

    from tasks.embed.scores import vector_of
    from tasks.embed.stage import network_vectors

    network_vectors([one.seen for one in looked])
    return np.stack([vector_of(one.seen, settings) for one in looked])


def _clusters(looked: list[Looked], vectors: "np.ndarray", limit: float) -> list[dict[str, Any]]:
    """As the catalog would cluster them, largest first."""
    from itertools import combinations

    from tasks.core.clusters import Pair, settle

    close = vectors @ vectors.T
    pairs = [
        Pair(looked[a].clip_id, looked[b].clip_id, float(close[a, b]))
        for a, b in combinations(range(len(looked)), 2)
        if close[a, b] >= limit
    ]
    places = settle([one.clip_id for one in sorted(looked, key=lambda one: one.rank)], pairs)
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for one in looked:
        place = places[one.clip_id]
        like = 1.0 if place.similarity is None else round(place.similarity, 4)
        found.setdefault(place.representative_id, []).append({"file": str(one.file), "similarity": like})
    names = {one.clip_id: str(one.file) for one in looked}
    clusters = [{"representative": names[best], "members": members} for best, members in found.items()]
    return sorted(clusters, key=lambda one: -len(one["members"]))


def _show(said: dict[str, Any]) -> None:
    from tasks.cli.show import results, safe, table

    rows = table("kept", "copies of it", "similarity", right=("similarity",))
    for cluster in said["clusters"]:
        copies = [one for one in cluster["members"] if one["file"] != cluster["representative"]]
        for number, one in enumerate(copies or [None]):
            kept = safe(cluster["representative"]) if number == 0 else ""
            rows.add_row(kept, *((safe(one["file"]), f"{one['similarity']:.3f}") if one else ("", "")))
    console = results()
    console.print(rows)
    console.print(
        f"[dim]files count as copies from a similarity of {said['similarity']:g} on, by {safe(said['model'])}[/]"
    )
