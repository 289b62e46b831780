"""What a model is asked about a clip: all criteria in one question, and the form of its answer."""

from functools import cache
from typing import Any

from tasks.core.model import content_hash
from tasks.core.settings_validate import ValidateSettings

CONTENT_TYPE = "content_type"
TOKENS_PER_ANSWER = 24
"""Beside its reason: the names, the brackets, the answer and the confidence."""
TOKENS_PER_WORD = 3

_TASK = """\
These are pictures of one video clip, in order of time. Answer each question about the clip as a whole, only by what \
can be seen.

{questions}

Answer with one JSON object and nothing else. It has one entry for each question, by its name:
{form}
"answer" is {answers}. "confidence" is how sure you are of it, from 0 to 1. "reason" is what you see that \
decides it, in at most {words} words of English."""


@cache
def prompt(settings: ValidateSettings) -> str:
    """The words that go with the pictures."""
    questions = [f"{one.name}: {one.question}" for one in settings.criteria]
    answers = '"yes" or "no"'
    if settings.content_type is not None:
        kinds = "; ".join(f"{one.name} ({one.prompts[0]})" for one in settings.content_type.types)
        questions.append(f"{CONTENT_TYPE}: Which of these does it show above all? {kinds}")
        answers += f", and for {CONTENT_TYPE} one of the names that it lists"
    first = settings.criteria[0].name
    form = f'{{"{first}": {{"answer": "yes", "confidence": 0.9, "reason": "..."}}, ...}}'
    return _TASK.format(questions="\n".join(questions), form=form, answers=answers, words=settings.reason_words)


@cache
def prompt_sha256(settings: ValidateSettings) -> str:
    """Of the words."""
    return content_hash(prompt(settings))


def choices(settings: ValidateSettings) -> dict[str, tuple[str, ...]]:
    """What each question may be answered with, by its name."""
    found: dict[str, tuple[str, ...]] = {one.name: ("yes", "no") for one in settings.criteria}
    if settings.content_type is not None:
        found[CONTENT_TYPE] = tuple(one.name for one in settings.content_type.types)
    return found


def answer_schema(settings: ValidateSettings) -> dict[str, Any]:
    """JSON schema of the answer, for servers that can hold a model to it."""

    def entry(allowed: tuple[str, ...]) -> dict[str, Any]:
        properties = {
            "answer": {"type": "string", "enum": list(allowed)},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "reason": {"type": "string", "maxLength": settings.reason_words * 10},
        }
        return _closed(properties)

    return _closed({name: entry(allowed) for name, allowed in choices(settings).items()})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def answer_tokens(settings: ValidateSettings) -> int:
    """Room for all answers, and no more than the settings allow."""
    each = TOKENS_PER_ANSWER + TOKENS_PER_WORD * settings.reason_words
    return min(settings.model.answer_tokens, 16 + each * len(choices(settings)))
