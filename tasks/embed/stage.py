"""The stage `embed`: the vector of every clip of a batch, and what networks score on the same pictures."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import ClipInput, clip_of
from tasks.core.catalog.work import StageRun
from tasks.core.model import Score
from tasks.core.model_names import REVISIONS
from tasks.core.recipe import Recipe
from tasks.core.settings_embed import EmbedSettings
from tasks.core.stage import Result, Stage
from tasks.core.store import open_store
from tasks.core.vectors import Made, vectors_file
from tasks.embed.domain import domain, target_of
from tasks.embed.feeder import Feeder
from tasks.embed.own_head import load_own_head, own_head
from tasks.embed.scores import aesthetic, perceptual_quality, vector_of, zero_shot
from tasks.embed.see import Asked, Seen, see_one
from tasks.embed.signal import MODEL, REVISION
from tasks.models.folder import require
from tasks.models.network import load_network, preparation_of

SCORE = ("stage_key", "clip_id", "scorer", "numbers", "unmeasured", "stage_run_id")
EMBEDDING = (
    "stage_key", "clip_id", "kind", "model", "revision", "dimension", "store_url", "object_key", "ordinal",
    "stage_run_id",
)  # fmt: skip

Finished = Result[ClipInput, Seen]


@cache
def asked_by(settings: EmbedSettings) -> Asked:
    """How the recipe wants clips to be looked at. Raises ModelMissing."""
    serves: dict[str, list[str]] = {}
    for name in settings.scorers:
        serves.setdefault(settings.network(name), []).append(name)
    networks = tuple(
        (model, tuple(scorers), preparation_of(model)) for model, scorers in serves.items() if model != MODEL
    )
    return Asked(settings.frames, settings.sample_fps, networks, signal=MODEL in serves)


def of_recipe(recipe: Recipe) -> Asked:
    """How the recipe wants clips to be looked at."""
    return asked_by(recipe.embed)


def pending(connection: Connection, stage_run: StageRun) -> list[ClipInput]:
    """The clips of the batch that some scorer has not seen.

    Raises ModelMissing or StageRefused before anything is done. The transaction begins with the query, after the
    examples of a domain have been looked at.
    """
    run, settings = stage_run.run, stage_run.run.recipe.embed
    require(settings.models)
    if settings.domain is not None:
        target_of(settings, asked_by(settings))
    if settings.own_head is not None:
        load_own_head(settings.own_head.file)
    keys = {"key": stage_run.key, "crop_key": run.key("crop")}
    rows = connection.rows("embed/pending", run=run.run_id, batch=stage_run.batch, **keys)
    return [clip_of(row, reserved_by="clip_id") for row in rows]


@cache
def _feeder() -> Feeder:
    return Feeder(load_network)


def network_vectors(clips: Sequence[Seen]) -> None:
    """Gives each its networks' vectors."""
    for seen in clips:
        _feeder().offer(seen)
    _feeder().finish()


def feed(stage_run: StageRun, result: Finished) -> None:
    """Gives the clip's pictures to the networks, which go on in the background."""
    _feeder().offer(result.value)


def is_seen(result: Finished) -> bool:
    """Whether the networks are done with the clip: they let go of its pictures."""
    return not result.value.pictures


def gather(stage_run: StageRun, results: Sequence[Finished]) -> None:
    """Puts the vectors of these clips into the dataset's store as one file; waits for networks that are not done."""
    if not all(map(is_seen, results)):
        _feeder().finish()
    embedded = [result for result in results if "embedding" in result.item.scorers]
    if embedded:
        settings = stage_run.run.recipe.embed
        vectors = np.stack([vector_of(result.value, settings) for result in embedded])
        clips = [result.item.subject_id for result in embedded]
        key, data = vectors_file(_made(settings, vectors.shape[1]), clips, vectors)
        open_store(stage_run.run.recipe.output).put_bytes(key, data)
        for ordinal, result in enumerate(embedded):
            result.value.place = key, ordinal


def _made(settings: EmbedSettings, dimension: int) -> Made:
    model = settings.embedding.model
    if model == MODEL:
        return Made("signal", MODEL, REVISION, dimension)
    return Made("model", model, REVISIONS[model], dimension)


def record(connection: Connection, stage_run: StageRun, results: Sequence[Finished]) -> None:
    """Where the vector of each clip lies, and one row per score."""
    run, by = stage_run.run, stage_run.stage_run_id
    embeddings, scores = [], []
    for result in results:
        clip = result.item.subject_id
        if result.value.place is not None:
            made = _made(run.recipe.embed, len(vector_of(result.value, run.recipe.embed)))
            about = (made.kind, made.model, made.revision, made.dimension, run.recipe.output, *result.value.place)
            embeddings.append((run.key("embed.embedding"), clip, *about, by))
        for score in _scores(result, run.recipe.embed):
            key = run.key(f"embed.{score.scorer}")
            scores.append((key, clip, score.scorer, score.numbers, score.unmeasured, by))
    connection.copy("embedding", EMBEDDING, embeddings)
    connection.copy("score", SCORE, scores)


def _scores(result: Finished, settings: EmbedSettings) -> list[Score]:
    """What is scored by the vectors and the networks, of the scorers that have not seen the clip before."""
    found, vectors = [], result.value.vectors
    if settings.clip_aesthetic is not None and "clip_aesthetic" in result.item.scorers:
        found.append(aesthetic(vectors[settings.clip_aesthetic.model], settings.clip_aesthetic))
    if settings.zero_shot is not None and "zero_shot" in result.item.scorers:
        found.append(zero_shot(vectors[settings.zero_shot.model], settings.zero_shot))
    if settings.domain is not None and "domain" in result.item.scorers:
        target = target_of(settings, asked_by(settings))
        found.append(domain(vector_of(result.value, settings), target, settings.domain))
    if settings.perceptual_quality is not None and "perceptual_quality" in result.item.scorers:
        found.append(perceptual_quality(vectors[settings.perceptual_quality.model]))
    if settings.own_head is not None and "own_head" in result.item.scorers:
        found.append(own_head(vector_of(result.value, settings), load_own_head(settings.own_head.file)))
    return found


STAGE = Stage(
    name="embed",
    pending=pending,
    settings=of_recipe,
    work=see_one,
    record=record,
    store=feed,
    gather=gather,
    is_ready=is_seen,
)
