"""Try a vision-language model on one file: what the stage `validate` would ask and hear, without a catalog."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tasks.cli.ask import AS_JSON, print_json
from tasks.cli.one_file import END, FILE, PANEL, START, chosen_span, opened, waiting

if TYPE_CHECKING:
    from tasks.core.settings_validate import ValidateSettings
    from tasks.validate.asking import Asking

model_file_app = typer.Typer()


@model_file_app.command(rich_help_panel=PANEL)
def validate(
    file: Path = FILE,
    start_s: float = START,
    end_s: float | None = END,
    model: str = typer.Option("smolvlm2-500m", "--model", help="A model of the model store, or of the server."),
    url: str | None = typer.Option(None, "--url", help="A server of OpenAI's chat completions, up to /v1."),
    criteria: str = typer.Option("default", "--criteria", help="A shipped set's name, or a YAML file."),
    as_json: bool = AS_JSON,
) -> None:
    """Ask a vision-language model whether a video is what the data is for.

    --json gives
    answers: by criterion, answer, confidence (0 to 1) and reason; null where
    the answer could not be read
    scores: by name, 0 to 1
    unmeasured: why there is no answer, or null
    model, pictures, attempts, prompt_tokens, answer_tokens
    """
    from tasks.core.catalog.inputs import ClipInput
    from tasks.core.settings_filter import CropSettings
    from tasks.crop.find import find_box
    from tasks.models.backends import open_backend
    from tasks.validate.asking import Asker, Asking
    from tasks.validate.look import pictures

    settings = _settings(model, url, criteria)
    asker = Asker(open_backend(settings.model), settings)
    with opened(file) as (stream, info), waiting("asking"):
        span = chosen_span(info, start_s, end_s)
        box = find_box(stream, info, span, CropSettings()).box
        clip = ClipInput(uuid.uuid4(), uuid.uuid4(), str(file), info, span, box)
        asked = Asking(pictures(stream, clip, settings))
        asker.begin(asked)
        asker.finish([asked])
    said = _as_json(asked, settings)
    print_json(said) if as_json else _show(said)


def _settings(model: str, url: str | None, criteria: str) -> "ValidateSettings":
    from pydantic import ValidationError

    from tasks.core.errors import BadRecipe
    from tasks.core.recipe import explain_invalid
    from tasks.core.settings_validate import ValidateSettings, load_criteria

    backend = "transformers" if url is None else "openai"
    asked = [one.model_dump(mode="json") for one in load_criteria(criteria)]
    try:
        return ValidateSettings.model_validate(
            {"model": {"backend": backend, "model": model, "url": url}, "criteria": asked}
        )
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, "validate")) from error


def _as_json(asked: "Asking", settings: "ValidateSettings") -> dict[str, Any]:
    from tasks.validate.answers import as_json, scores

    answers = asked.answers
    return {
        "answers": None if answers is None else as_json(answers),
        "scores": {} if answers is None else scores(answers, settings),
        "unmeasured": asked.unmeasured,
        "said": asked.text,
        "model": asked.model,
        "pictures": asked.picture_count,
        "attempts": asked.attempts,
        "prompt_tokens": asked.prompt_tokens,
        "answer_tokens": asked.answer_tokens,
    }


def _show(said: dict[str, Any]) -> None:
    from tasks.cli.show import results, safe, table

    console = results()
    if said["answers"] is None:
        console.print(f"no answer that can be read ({said['unmeasured']}): {safe(said['said'])}")
        return
    rows = table("criterion", "answer", "score", "reason", right=("score",))
    for name, one in said["answers"].items():
        rows.add_row(safe(name), safe(one["answer"]), f"{said['scores'][f'validate_{name}']:.2f}", safe(one["reason"]))
    console.print(rows)
    tokens = f"{said['prompt_tokens'] + said['answer_tokens']:,} tokens"
    console.print(f"score {said['scores']['validate_score']:.2f}  [dim]{safe(said['model'])}, {tokens}[/]")
