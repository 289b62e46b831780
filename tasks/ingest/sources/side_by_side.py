"""Many requests at once, whose answers come in the order of the questions."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 8
AHEAD = 64

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")


def side_by_side(ask: Callable[[QuestionT], AnswerT], questions: Iterable[QuestionT]) -> Iterator[AnswerT]:
    """The answers in order; a few are asked ahead, never all."""
    waiting: deque[Future[AnswerT]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        try:
            for question in questions:
                waiting.append(threads.submit(ask, question))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
