"""Which questions are open and which replies have come: the one place where an answer meets its question."""

import threading
import uuid

from tasks.core.errors import ForeignResult, StageRefused, TryAgain
from tasks.models.ask import Reply

_POLL_S = 0.5
"""Between looks whether the stage was told to stop: a signal is heard between waits."""


class Replies:
    """Open questions, at most so many, and the replies that nobody has fetched yet; threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._open: set[uuid.UUID] = set()
        self._here: dict[uuid.UUID, Reply] = {}
        self._end: BaseException | None = None

    def open(self, question_id: uuid.UUID) -> None:
        """Counts the question as asked, once there is room for it. Raises what ended the backend."""
        with self._changed:
            while len(self._open) >= self._most and self._end is None:
                self._changed.wait(_POLL_S)
            self._raise_end()
            if question_id in self._open or question_id in self._here:
                raise ForeignResult(f"question {question_id} is asked twice")
            self._open.add(question_id)

    def put(self, reply: Reply) -> bool:
        """Whether somebody waits for this reply: one that comes again, or that nobody asked for, is dropped."""
        with self._changed:
            if reply.question_id not in self._open:
                return False
            self._open.remove(reply.question_id)
            self._here[reply.question_id] = reply
            self._changed.notify_all()
            return True

    def take(self, question_id: uuid.UUID) -> Reply | None:
        """The reply to a question, once: whoever fetches it keeps it. None where it has not come."""
        with self._changed:
            return self._here.pop(question_id, None)

    def end(self, error: BaseException) -> None:
        """From now on nobody may ask, and whoever waits is told why; the replies that are here stay."""
        with self._changed:
            self._end = self._end or error
            self._changed.notify_all()

    def wait_for_all(self) -> None:
        """Returns when no question is open. Raises what ended the backend."""
        with self._changed:
            while self._open and self._end is None:
                self._changed.wait(_POLL_S)
            self._raise_end()

    def is_open(self, question_id: uuid.UUID) -> bool:
        """Whether a question waits for its reply."""
        with self._changed:
            return question_id in self._open

    def _raise_end(self) -> None:
        if isinstance(self._end, (TryAgain, StageRefused)):
            raise type(self._end)(self._end.detail)
        if self._end is not None:
            raise self._end
