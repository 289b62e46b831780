"""A model that answers as it is told, in any order, without weights and without a server."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tasks.core.errors import TryAgain
from tasks.models.ask import Answer, Question, Reply

LONG = (
    "A red car drives along a narrow road between two green fields while a dog runs beside it. The camera follows the "
    "car from the left at the height of its windows and keeps it in the middle. The road bends, the car slows down, "
    "and the dog falls behind because it has to leap over a ditch. Dust rises from the wheels and hangs in the low "
    "light of the evening. Further away a row of trees casts long shadows over the grass, and a tractor stands at rest."
)
GOOD = {"short": "A red car drives along a road, and a dog runs beside it.", "medium": LONG[:230], "long": LONG}

Says = Callable[[Question], str]


def good(question: Question) -> str:
    """A caption as it was asked for."""
    return json.dumps(GOOD)


@dataclass
class FakeBackend:
    """Replies come when `finish` is called, or at once; the newest question first."""

    says: Says = good
    at_once: bool = False
    questions: list[Question] = field(default_factory=list)
    broken_after: int | None = None
    _waiting: list[Question] = field(default_factory=list)
    _here: dict[uuid.UUID, Reply] = field(default_factory=dict)

    def offer(self, question: Question) -> None:
        if self.broken_after is not None and len(self.questions) >= self.broken_after:
            raise TryAgain("the server is gone")
        self.questions.append(question)
        self._waiting.append(question)
        if self.at_once:
            self._answer()

    def _answer(self) -> None:
        while self._waiting:
            question = self._waiting.pop()
            self._here[question.question_id] = Answer(question.question_id, self.says(question), "fake-1", 100, 20)

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        return self._here.pop(question_id, None)

    def finish(self) -> None:
        if self.broken_after is not None and self._waiting:
            raise TryAgain("the server is gone")
        self._answer()
