"""What a model answered, read strictly: an answer that is not in the form asked for says nothing about the clip."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tasks.core.settings_validate import ValidateSettings
from tasks.validate.prompt import CONTENT_TYPE, choices

_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)
MOST_REASON = 400
"""Characters of a reason that are kept."""


class Malformed(ValueError):
    """The answer is not in the form that was asked for."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one question."""

    answer: str
    confidence: float
    """0 to 1, as the model puts it."""
    reason: str


def read_answers(text: str, settings: ValidateSettings) -> dict[str, Answered]:
    """The answers by the names of the questions, to each one and to no other. Raises Malformed."""
    fenced = _FENCE.match(text.strip())
    try:
        said = json.loads(fenced.group(1) if fenced else text)
    except ValueError as error:
        raise Malformed(f"no JSON ({error})") from error
    wanted = choices(settings)
    if not isinstance(said, dict) or set(said) != set(wanted):
        named = sorted(said) if isinstance(said, dict) else type(said).__name__
        raise Malformed(f"answers to {named} where {sorted(wanted)} were asked")
    return {name: _answered(name, said[name], allowed) for name, allowed in wanted.items()}


def _answered(name: str, said: Any, allowed: tuple[str, ...]) -> Answered:
    if not isinstance(said, dict):
        raise Malformed(f"{name}: {said!r} is no answer")
    answer, confidence, reason = (said.get(part) for part in ("answer", "confidence", "reason"))
    if not isinstance(answer, str) or answer.strip().lower() not in allowed:
        raise Malformed(f"{name}: the answer {answer!r} is none of {', '.join(allowed)}")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise Malformed(f"{name}: the confidence {confidence!r} is not between 0 and 1")
    if not isinstance(reason, str):
        raise Malformed(f"{name}: the reason {reason!r} is no text")
    return Answered(answer.strip().lower(), float(confidence), " ".join(reason.split())[:MOST_REASON])


def scores(answers: Mapping[str, Answered], settings: ValidateSettings) -> dict[str, float]:
    """How surely the clip passes each criterion and all by weight, 0 to 1, by the names of the scores."""
    passes = {
        one.name: _pass(answers[one.name], answers[one.name].answer != one.reject_if) for one in settings.criteria
    }
    total = sum(passes[one.name] * one.weight for one in settings.criteria)
    found = {f"validate_{name}": value for name, value in passes.items()}
    found["validate_score"] = total / sum(one.weight for one in settings.criteria)
    if settings.content_type is not None:
        kind = answers[CONTENT_TYPE]
        found["validate_content_type"] = _pass(kind, settings.content_type.allows(kind.answer))
    return found


def _pass(answered: Answered, is_good: bool) -> float:
    return answered.confidence if is_good else 1 - answered.confidence


def as_json(answers: Mapping[str, Answered]) -> dict[str, Any]:
    """The answers as JSON holds them."""
    return {name: asdict(one) for name, one in answers.items()}
