"""The stage `validate`: what a vision-language model says of the clips that the cheaper scores keep."""

from collections.abc import Sequence
from functools import cache

from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import ClipInput, clip_of
from tasks.core.catalog.work import StageRun
from tasks.core.errors import StageRefused
from tasks.core.recipe import Recipe
from tasks.core.score_names import CRITERIA
from tasks.core.settings_validate import ValidateSettings
from tasks.core.stage import Result, Stage
from tasks.models.backends import open_backend
from tasks.validate.answers import as_json, scores
from tasks.validate.asking import Asker, Asking
from tasks.validate.look import pictures_of_one
from tasks.validate.prompt import prompt_sha256

SCORE = ("stage_key", "clip_id", "scorer", "numbers", "unmeasured", "stage_run_id")
VALIDATION = (
    "stage_key", "clip_id", "model", "prompt_sha256", "answers", "text", "unmeasured", "attempts", "picture_count",
    "prompt_tokens", "answer_tokens", "wait_s", "stage_run_id",
)  # fmt: skip
MOST_TEXT = 4000
"""Characters of an answer that are kept."""

Finished = Result[ClipInput, Asking]


def settings_of(recipe: Recipe) -> ValidateSettings:
    """What is asked. Raises StageRefused where nothing is."""
    if recipe.validation is None:
        raise StageRefused("the recipe has no `validate`")
    return recipe.validation


@cache
def asker_of(settings: ValidateSettings) -> Asker:
    """Who asks, once a process. Raises ModelMissing or StageRefused."""
    return Asker(open_backend(settings.model), settings)


def pending(connection: Connection, stage_run: StageRun) -> list[ClipInput]:
    """The clips of the batch that no model has been asked about. Raises ModelMissing or StageRefused before that."""
    asker_of(settings_of(stage_run.run.recipe))
    run = stage_run.run
    keys = {"key": stage_run.key, "crop_key": run.key("crop")}
    rows = connection.rows("validate/pending", run=run.run_id, batch=stage_run.batch, **keys)
    return [clip_of(row, reserved_by="clip_id") for row in rows]


def look(clip: ClipInput, settings: ValidateSettings) -> Asking:
    """The clip's pictures, about which nothing has been asked yet. Raises UnreadableVideo."""
    return Asking(pictures_of_one(clip, settings))


def ask(stage_run: StageRun, result: Finished) -> None:
    """Asks about the clip, and goes on."""
    asker_of(settings_of(stage_run.run.recipe)).begin(result.value)


def gather(stage_run: StageRun, results: Sequence[Finished]) -> None:
    """Waits for the answers that have not come."""
    asker_of(settings_of(stage_run.run.recipe)).finish([result.value for result in results])


def is_over(result: Finished) -> bool:
    """Whether the model has said all that it will say about the clip."""
    return result.value.asker is not None and result.value.asker.is_over(result.value)


def record(connection: Connection, stage_run: StageRun, results: Sequence[Finished]) -> None:
    """For each clip a row of scores, and one with the answers and what they cost."""
    settings, key = settings_of(stage_run.run.recipe), stage_run.run.key(f"validate.{CRITERIA}")
    by = stage_run.stage_run_id
    rows, said = [], []
    for result in results:
        clip, asked = result.item.subject_id, result.value
        numbers = scores(asked.answers, settings) if asked.answers is not None else {}
        rows.append((key, clip, CRITERIA, numbers, asked.unmeasured, by))
        answers = None if asked.answers is None else as_json(asked.answers)
        cost = (asked.attempts, asked.picture_count, asked.prompt_tokens, asked.answer_tokens, asked.wait_s)
        text = asked.text[:MOST_TEXT].replace("\x00", "")
        said.append((key, clip, asked.model, prompt_sha256(settings), answers, text, asked.unmeasured, *cost, by))
    connection.copy("score", SCORE, rows)
    connection.copy("validation", VALIDATION, said)


STAGE = Stage(
    name="validate",
    pending=pending,
    settings=settings_of,
    work=look,
    record=record,
    store=ask,
    gather=gather,
    is_ready=is_over,
    waits_when_stopped=False,
)
