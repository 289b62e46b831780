"""Conversations about clips: each is asked about, and asked about again where the answer cannot be read."""

import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from tasks.core.settings_validate import ValidateSettings
from tasks.models.ask import Answer, Backend, Picture, Question, Reply
from tasks.validate.answers import Answered, Malformed, read_answers
from tasks.validate.prompt import answer_schema, answer_tokens, prompt


@dataclass(slots=True)
class Asking:
    """What was said about one clip until now."""

    pictures: tuple[Picture, ...]
    """Until the last answer has come."""
    asker: Optional["Asker"] = None
    """Who asks, once that has begun."""
    question_id: uuid.UUID | None = None
    """The open question."""
    answers: dict[str, Answered] | None = None
    text: str = ""
    """The last answer as it came, or why there was none."""
    unmeasured: str | None = None
    """Why nothing can be said of the clip, once that is so."""
    model: str = ""
    attempts: int = 0
    picture_count: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    asked_at: float = 0.0
    wait_s: float = 0.0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.answers is not None or self.unmeasured is not None


class Asker:
    """Asks a backend about clips. Who was not understood is asked again before the next clip is begun."""

    def __init__(self, backend: Backend, settings: ValidateSettings) -> None:
        self._backend = backend
        self._settings = settings
        self._again: deque[Asking] = deque()

    def begin(self, asking: Asking) -> None:
        """Asks about a clip; waits where the backend has enough to do. Raises as the backend."""
        asking.asker = self
        asking.picture_count = len(asking.pictures)
        asking.asked_at = time.monotonic()
        self._ask_again()
        self._ask(asking)

    def is_over(self, asking: Asking) -> bool:
        """Whether there is nothing more to wait for; reads what has come, and waits for nothing."""
        reply = self._backend.reply_to(asking.question_id) if asking.question_id is not None else None
        if reply is not None:
            asking.question_id = None
            self._read(asking, reply)
            if asking.is_over:
                asking.wait_s = time.monotonic() - asking.asked_at
                asking.pictures = ()
            else:
                self._again.append(asking)
        return asking.is_over

    def finish(self, asked: Sequence[Asking]) -> None:
        """Returns when there is nothing more to wait for. Raises as the backend."""
        while not all([self.is_over(one) for one in asked]):
            self._ask_again()
            self._backend.finish()

    def _ask_again(self) -> None:
        while self._again:
            self._ask(self._again[0])
            self._again.popleft()

    def _ask(self, asking: Asking) -> None:
        words, schema = prompt(self._settings), answer_schema(self._settings)
        question = Question(uuid.uuid4(), asking.pictures, words, schema, answer_tokens(self._settings))
        self._backend.offer(question)
        asking.attempts += 1
        asking.question_id = question.question_id

    def _read(self, asking: Asking, reply: Reply) -> None:
        if not isinstance(reply, Answer):
            # The same words would be refused or cut off again.
            asking.text, asking.unmeasured = reply.message, reply.kind
            return
        asking.text, asking.model = reply.text, reply.model
        asking.prompt_tokens += reply.prompt_tokens
        asking.answer_tokens += reply.answer_tokens
        try:
            asking.answers = read_answers(reply.text, self._settings)
        except Malformed as error:
            asking.text = f"{error}: {reply.text}"
            asking.unmeasured = "malformed_answer" if asking.attempts >= self._settings.attempts else None
