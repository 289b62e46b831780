"""What is sent to a server of chat completions, and what is made of what comes back."""

import json
import re
import uuid
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tasks.core.errors import StageRefused
from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Answer, Picture, Question, Reply, Unanswered

_LETTERS_PER_TOKEN = 16
"""No tokenizer has words of more on average: an answer that is longer did not keep to its limit."""
_TOLD = 200
"""Characters of a response that are told of it."""
_IDS = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_BUSY = {408, 409, 425, 429, 502, 503, 504}
"""The server, or what stands before it, has no time for the question just now."""


class Again(Exception):
    """The question has to be sent again."""

    def __init__(self, message: str, *, counts: bool = True, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.counts = counts
        """Whether it may be the question's own fault; not where the server was out of reach or busy."""
        self.retry_after_s = retry_after_s


class Refused(Exception):
    """The server does not take the request as it is."""


@dataclass(frozen=True, slots=True)
class Request:
    """A question as it is sent, however often that may be: its pictures are written out once."""

    question: Question
    content: bytes
    """JSON: each picture after its time, then the question."""

    @classmethod
    def of(cls, question: Question) -> "Request":
        """The question, written out."""
        parts = [part for picture in question.pictures for part in _picture(picture)]
        words = json.dumps({"type": "text", "text": question.text}).encode()
        return cls(question, b"".join([b"[", *parts, words, b"]"]))

    def body(self, settings: VisionLanguageSettings, *, with_schema: bool) -> bytes:
        """All of it, as JSON."""
        said: dict[str, Any] = {
            "model": settings.model,
            "max_tokens": self.question.answer_tokens,
            "temperature": settings.temperature,
        }
        if with_schema:
            schema = {"name": "answer", "strict": True, "schema": self.question.schema}
            said["response_format"] = {"type": "json_schema", "json_schema": schema}
        head = json.dumps(said).encode().removesuffix(b"}")
        return b"".join([head, b', "messages": [{"role": "user", "content": ', self.content, b"}]}"])


def _picture(picture: Picture) -> tuple[bytes, ...]:
    """JSON of its time and of itself, each with a comma after it."""
    time = f'{{"type": "text", "text": "{picture.time_s:.1f} s:"}}, '.encode()
    # Base64 has no letter that JSON writes in another way, and json.dumps would look at each.
    data = b2a_base64(picture.jpeg, newline=False)
    return time, b'{"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,', data, b'"}}, '


class Echo:
    """Whether answers come to the questions that they are to: servers such as vLLM give the request's id back."""

    def __init__(self, is_open: Callable[[uuid.UUID], bool]) -> None:
        self._is_open = is_open
        self._comes_back = False

    def check(self, question_id: uuid.UUID, said: str) -> None:
        """Raises Again for an answer under another question's id, or under none where the server gives ids back."""
        named = {uuid.UUID(one) for one in _IDS.findall(said)}
        if question_id in named:
            self._comes_back = True
        elif self._comes_back or any(map(self._is_open, named)):
            raise Again("an answer under another id")


def read_reply(question: Question, echo: Echo, status: int, headers: Mapping[str, str], text: str) -> Reply:
    """What the server said to this question. Raises Again, Refused, or StageRefused where no question will be taken."""
    _check_status(status, headers, text)
    said = _mapping(text)
    echo.check(question.question_id, f"{headers.get('x-request-id', '')} {said.get('id', '')}")
    try:
        (choice,) = said["choices"]
        content, end = choice["message"].get("content"), choice.get("finish_reason")
        usage = said.get("usage") or {}
        counts = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        model = str(said.get("model") or "")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Again(f"no answer of chat completions: {text[:_TOLD]}") from error
    if choice["message"].get("refusal") or end == "content_filter":
        return Unanswered(question.question_id, "refused", str(choice["message"].get("refusal") or end)[:_TOLD])
    if end == "length":
        return Unanswered(question.question_id, "cut_off", f"no end after {question.answer_tokens} tokens")
    if not isinstance(content, str) or not content.strip():
        raise Again("an answer without a word")
    if counts[1] > question.answer_tokens or len(content) > _LETTERS_PER_TOKEN * question.answer_tokens:
        return Unanswered(question.question_id, "too_long", f"more than the {question.answer_tokens} tokens asked for")
    return Answer(question.question_id, content, model, *counts)


def _check_status(status: int, headers: Mapping[str, str], text: str) -> None:
    told = f"HTTP {status}: {text[:_TOLD]}"
    if status in _BUSY:
        raise Again(told, counts=status == 504, retry_after_s=_retry_after_s(headers))
    if status in (401, 403):
        raise StageRefused(f"the model's server wants another key: {told}")
    if status == 404 and text.lstrip().startswith("{"):
        raise StageRefused(f"the model's server has no such model or address: {told}")
    if status in (400, 413, 422):
        raise Refused(told)
    if status != 200:
        raise Again(told)


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to be left alone for, at most ten minutes; 0 where it says nothing to be read."""
    said = headers.get("retry-after", "")
    try:
        wait_s = float(said) if said.replace(".", "", 1).isdigit() else _seconds_until(said)
    except ValueError:
        return 0.0
    return min(max(wait_s, 0.0), 600.0)


def _seconds_until(date: str) -> float:
    return (parsedate_to_datetime(date).astimezone(UTC) - datetime.now(UTC)).total_seconds()


def _mapping(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError as error:
        raise Again(f"no JSON: {text[:_TOLD]}") from error
    if not isinstance(said, dict):
        raise Again(f"no answer of chat completions: {text[:_TOLD]}")
    return said
