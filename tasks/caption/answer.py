"""Reading what a model answered: strictly, so that nothing but a caption is ever kept as one."""

import json
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasks.caption.flags import is_refusal, words_of
from tasks.caption.window import Texts, Unmeasured

MOST_WORDS = {"short": 150, "medium": 500, "long": 2000}
"""Ten times what was asked for: no caption, but a model that does not stop."""
MOST_CHARACTERS = 40_000
_FENCED = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)


class Part(BaseModel):
    """Closed, and as the trainers' loaders want it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Subject(Part):
    """Who or what is seen."""

    name: str = Field(min_length=1)
    description: str = Field(min_length=1)


class Action(Part):
    """What happens at a time of the window."""

    time: str = Field(min_length=1)
    description: str = Field(min_length=1)


class Cinematography(Part):
    """How it is filmed."""

    framing: str
    camera_angle: str
    camera_motion: str
    lighting: str
    style: str


class Structured(Part):
    """A caption by its parts; size, length and rate of the clip are added where the clip is known as delivered."""

    subjects: list[Subject]
    background_setting: str
    cinematography: Cinematography
    actions: list[Action]
    temporal_caption: str = Field(min_length=1)


class Said(Part):
    """The three lengths."""

    short: str = Field(min_length=1)
    medium: str = Field(min_length=1)
    long: str = Field(min_length=1)


class SaidByParts(Said):
    """The three lengths and the caption by its parts."""

    caption_json: Structured


def schema(*, structured: bool) -> dict[str, Any]:
    """JSON schema of the answer."""
    return (SaidByParts if structured else Said).model_json_schema()


def read_answer(text: str, *, structured: bool) -> tuple[Texts, dict[str, Any] | None] | Unmeasured:
    """The caption in an answer, and its parts where they were asked for; or why it is none."""
    inner = _FENCED.fullmatch(text.strip())
    body = inner.group(1) if inner else text.strip()
    if not body:
        return Unmeasured("empty", "the answer is empty")
    if len(body) > MOST_CHARACTERS:
        return Unmeasured("too_long", f"the answer has {len(body)} characters")
    try:
        found = json.loads(body)
    except ValueError:
        kind = "refused" if is_refusal(body) else "not_json"
        return Unmeasured(kind, f"the answer is no JSON: {_beginning(body)}")
    try:
        said = (SaidByParts if structured else Said).model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        return Unmeasured("wrong_fields", f"{place}: {first['msg']}, in {_beginning(body)}")
    return _checked(said)


def _checked(said: Said) -> tuple[Texts, dict[str, Any] | None] | Unmeasured:
    texts = Texts(*(" ".join(text.split()) for text in (said.short, said.medium, said.long)))
    for (name, most), text in zip(MOST_WORDS.items(), texts.all, strict=True):
        count = len(words_of(text))
        if not count:
            return Unmeasured("empty", f"{name} holds no word")
        if count > most:
            return Unmeasured("too_long", f"{name} has {count} words")
    return texts, said.caption_json.model_dump() if isinstance(said, SaidByParts) else None


def _beginning(text: str) -> str:
    """Its first words, for a person to look at."""
    return repr(text if len(text) <= 120 else f"{text[:120]}...")
