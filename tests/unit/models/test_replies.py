"""No answer lands on another clip, in whatever order answers come, however often, and whichever are lost."""

import threading
import uuid

import numpy as np
import pytest

from tasks.core.errors import ForeignResult, TryAgain
from tasks.models.ask import Answer
from tasks.models.replies import Replies

WINDOWS = 100_000
OPEN = 64


def answer(question_id: uuid.UUID, text: str) -> Answer:
    return Answer(question_id, text, "m", 1, 1)


class HostileServer:
    """Answers in any order, some twice, some long after, some to what nobody asked, and some never."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.board = Replies(OPEN)
        self.found: dict[uuid.UUID, str] = {}
        self.on_the_way: list[uuid.UUID] = []
        self.missing: set[uuid.UUID] = set()
        self._fetched: list[uuid.UUID] = []

    def ask(self, window: uuid.UUID) -> None:
        while len(self.on_the_way) + len(self.missing) >= OPEN:
            self.deliver()
        self.board.open(window)
        if self.random.random() < 0.0005 and len(self.missing) < OPEN // 2:
            self.missing.add(window)
        else:
            self.on_the_way.append(window)

    def deliver(self) -> None:
        """One answer of those on their way, and whatever else it makes up."""
        place = int(self.random.integers(len(self.on_the_way)))
        self.on_the_way[place], self.on_the_way[-1] = self.on_the_way[-1], self.on_the_way[place]
        window = self.on_the_way.pop()
        assert self.board.put(answer(window, f"about {window}"))
        kind = self.random.random()
        if kind < 0.1:
            assert not self.board.put(answer(window, "a second answer"))
        elif kind < 0.2 and self._fetched:
            late = self._fetched[int(self.random.integers(len(self._fetched)))]
            assert not self.board.put(answer(late, "a late answer"))
        elif kind < 0.3:
            assert not self.board.put(answer(uuid.UUID(int=int(self.random.integers(1 << 62)) << 64), "to nobody"))
        if self.random.random() < 0.8:  # the asker looks now, or at the end
            self.fetch(window)

    def fetch(self, window: uuid.UUID) -> None:
        reply = self.board.take(window)
        assert isinstance(reply, Answer)
        assert reply.question_id == window
        self.found[window] = reply.text
        self._fetched.append(window)


@pytest.mark.parametrize("seed", range(2))
def test_a_hundred_thousand_answers_in_hostile_order(seed: int) -> None:
    server = HostileServer(seed)
    windows = [uuid.UUID(int=int(one)) for one in server.random.permutation(WINDOWS)]
    for window in windows:
        server.ask(window)
    while server.on_the_way:
        server.deliver()
    for window in windows:
        if window not in server.missing and window not in server.found:
            server.fetch(window)
    assert server.missing
    assert all(server.board.take(window) is None for window in server.missing)
    assert server.found == {window: f"about {window}" for window in windows if window not in server.missing}


def test_threads_that_answer_at_once_mix_nothing_up() -> None:
    board, found = Replies(OPEN), dict[uuid.UUID, str]()
    asked: list[uuid.UUID] = []
    more = threading.Semaphore(0)

    def answering(seed: int) -> None:
        random = np.random.default_rng(seed)
        while more.acquire(timeout=1):
            window = asked.pop(int(random.integers(len(asked))))
            board.put(answer(window, str(window)))

    threads = [threading.Thread(target=answering, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    windows = [uuid.uuid4() for _ in range(4000)]
    for window in windows:
        board.open(window)
        asked.append(window)
        more.release()
    board.wait_for_all()
    for window in windows:
        reply = board.take(window)
        assert isinstance(reply, Answer)
        found[window] = reply.text
    assert found == {window: str(window) for window in windows}


def test_the_same_question_is_not_asked_twice() -> None:
    board, window = Replies(2), uuid.uuid4()
    board.open(window)
    with pytest.raises(ForeignResult):
        board.open(window)
    board.put(answer(window, "here"))
    with pytest.raises(ForeignResult):
        board.open(window)


def test_who_waits_for_room_is_told_that_the_end_has_come() -> None:
    board = Replies(1)
    board.open(uuid.uuid4())
    threading.Timer(0.05, board.end, [TryAgain("gone")]).start()
    with pytest.raises(TryAgain, match="gone"):
        board.open(uuid.uuid4())
    with pytest.raises(TryAgain, match="gone"):
        board.wait_for_all()
