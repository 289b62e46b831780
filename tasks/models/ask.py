"""Questions to vision-language models and their answers: what every backend takes and gives back."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a clip as it will be delivered: crop and rotation applied."""

    time_s: float
    """Seconds from the start of the clip."""
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """What one model is asked about some pictures, in one pass."""

    question_id: uuid.UUID
    """Travels with the request; an answer that comes back under an id that was not asked is refused."""
    pictures: tuple[Picture, ...]
    text: str
    schema: Mapping[str, Any] | None = None
    """JSON schema that the answer should keep to, handed on where the backend can force it; checked by the asker."""
    answer_tokens: int = 1024
    """Longest answer, in the model's tokens."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said, as it came; whoever asked reads it."""

    question_id: uuid.UUID
    text: str
    model: str
    """What answered, as it is recorded: registry name and revision, or what the server calls it."""
    prompt_tokens: int
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer for a reason of its own: refused, cut off, too long for the model."""

    question_id: uuid.UUID
    kind: str
    message: str


Reply = Answer | Unanswered


class Backend(Protocol):
    """A model that answers in the background, many questions at once and in any order."""

    def offer(self, question: Question) -> None:
        """Takes a question in; waits while as many are in flight as there may be.

        Raises TryAgain where the model cannot be reached any more, StageRefused where it never will be.
        """

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        """The reply, once it has come, and once only: the backend keeps none that was fetched. None before."""

    def finish(self) -> None:
        """Returns when every question that was taken in has a reply. Raises as `offer`."""
