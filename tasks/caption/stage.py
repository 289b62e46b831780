"""The stage `caption`: what is said of every clip of a batch."""

import uuid
from collections.abc import Sequence

from tasks.caption.dialogue import Dialogue
from tasks.caption.earlier import Earlier
from tasks.caption.flags import scores_of
from tasks.caption.look import CaptionInput, Described, describe_one
from tasks.caption.window import NO_MODEL, WindowCaption
from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import clip_of
from tasks.core.catalog.work import StageRun
from tasks.core.errors import StageRefused, TryAgain
from tasks.core.model import content_id
from tasks.core.ocr.reading import can_read
from tasks.core.recipe import Recipe
from tasks.core.settings import canonical_json
from tasks.core.settings_caption import CaptionSettings
from tasks.core.stage import Result, Stage
from tasks.models.backends import open_backend

CAPTION = (
    "caption_id", "stage_key", "clip_id", "model", "prompt_hash", "prompt_tokens", "answer_tokens", "stage_run_id",
)  # fmt: skip
WINDOW = (
    "caption_id", "ordinal", "start_s", "end_s", "short", "medium", "long", "structured", "facts", "flags", "model",
    "unmeasured", "message",
)  # fmt: skip
SCORE = ("stage_key", "clip_id", "scorer", "numbers", "unmeasured", "stage_run_id")

Finished = Result[CaptionInput, Described]

_dialogues: dict[uuid.UUID, Dialogue] = {}
"""Of clips whose questions are with the model, by clip."""


def of_recipe(recipe: Recipe) -> CaptionSettings:
    """How the recipe wants clips described."""
    if recipe.caption is None:
        raise ValueError("the recipe makes no captions")
    return recipe.caption


def pending(connection: Connection, stage_run: StageRun) -> list[CaptionInput]:
    """The clips of the batch that have no captions under this key.

    Raises ModelMissing or StageRefused before anything is done.
    """
    run, settings = stage_run.run, of_recipe(stage_run.run.recipe)
    if settings.model is not None:
        open_backend(settings.model)
    check_packages(settings)
    keys = {"key": stage_run.key, "crop_key": run.key("crop"), "filter_keys": run.keys_of("filter")}
    rows = connection.rows("caption/pending", run=run.run_id, batch=stage_run.batch, **keys)
    return [
        CaptionInput(clip_of(row, reserved_by="clip_id"), row["scores"] or {}, row["metadata"], Earlier.of(row["had"]))
        for row in rows
    ]


def check_packages(settings: CaptionSettings) -> None:
    """Raises StageRefused where text is to be read and what reads it is not installed."""
    if settings.model is None and settings.read_text and not can_read():
        raise StageRefused("caption.read_text needs the packages onnxruntime and rapidocr, which are not installed")


def ask(stage_run: StageRun, result: Finished) -> None:
    """Puts the clip's questions to the model, which answers while other clips are being decoded."""
    settings = of_recipe(stage_run.run.recipe)
    if settings.model is not None:
        dialogue = Dialogue(open_backend(settings.model), settings, result.value)
        _dialogues[result.item.subject_id] = dialogue
        dialogue.begin(result.item.subject_id, result.item.metadata, result.item.earlier.faults)


def is_described(result: Finished) -> bool:
    """Whether all replies are there. A model that cannot be reached is for the next question to find out."""
    dialogue = _dialogues.get(result.item.subject_id)
    try:
        is_over = dialogue is None or dialogue.is_over()
    except TryAgain:
        return False
    if is_over:
        _dialogues.pop(result.item.subject_id, None)
    return is_over


def gather(stage_run: StageRun, results: Sequence[Finished]) -> None:
    """Waits for the replies that are missing."""
    for result in results:
        dialogue = _dialogues.pop(result.item.subject_id, None)
        if dialogue is not None:
            dialogue.finish()


def record(connection: Connection, stage_run: StageRun, results: Sequence[Finished]) -> None:
    """The captions of each clip, its windows, and what is to be judged of them."""
    by, settings = stage_run.stage_run_id, of_recipe(stage_run.run.recipe)
    captions, windows, scores = [], [], []
    for result in results:
        clip, made = result.item.subject_id, result.value.windows
        caption = caption_id(stage_run.key, clip, made)
        asked = (settings.prompt_hash, *_tokens(made, settings))
        captions.append((caption, stage_run.key, clip, _model_of(made), *asked, by))
        windows += [(caption, *_row(one)) for one in made]
        score = scores_of(made, told_by_numbers=settings.model is None)
        key = stage_run.run.key("caption.captions")
        scores.append((key, clip, score.scorer, score.numbers, score.unmeasured, by))
    connection.copy("caption", CAPTION, captions)
    connection.copy("caption_window", WINDOW, windows)
    connection.copy("score", SCORE, scores)
    # The same words made again, after someone asked for others, count again.
    connection.run("caption/revive", captions=[str(row[0]) for row in captions])


def caption_id(stage_key: str, clip: uuid.UUID, windows: Sequence[WindowCaption]) -> uuid.UUID:
    """The content-made name of a clip's captions."""
    return content_id("caption", stage_key, clip, canonical_json([one.as_json() for one in windows]))


def _model_of(windows: Sequence[WindowCaption]) -> str:
    """What said it; of several that answered (a server may change its model), the first."""
    return next((one.model for one in windows if one.model), NO_MODEL)


def _tokens(windows: Sequence[WindowCaption], settings: CaptionSettings) -> tuple[int | None, int | None]:
    if settings.model is None:
        return None, None
    return sum(one.prompt_tokens for one in windows), sum(one.answer_tokens for one in windows)


def _row(one: WindowCaption) -> tuple[object, ...]:
    window, texts, why = one.window, one.texts, one.unmeasured
    said = (texts.short, texts.medium, texts.long) if texts else (None, None, None)
    facts = [fact.as_json() for fact in one.facts]
    ended = (why.kind, why.message) if why else (None, None)
    place = (window.ordinal, round(window.start_s, 6), round(window.end_s, 6))
    return (*place, *said, one.structured, facts, list(one.flags), one.model or NO_MODEL, *ended)


STAGE = Stage(
    name="caption",
    pending=pending,
    settings=of_recipe,
    work=describe_one,
    record=record,
    store=ask,
    gather=gather,
    is_ready=is_described,
    waits_when_stopped=False,
)
