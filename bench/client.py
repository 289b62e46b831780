"""How busy the client keeps a server of a vision-language model: its slots' occupancy, from 1 to 64 requests in flight.

    python -m bench client

The server is a process of its own with as many slots as requests may be in flight and a fixed time per token, so that
it does no work and two cores do not measure each other. Occupancy is the time that slots were busy by the time that
there were, from the first request to the last answer but for the end, when fewer questions are left than slots. A
question has PICTURES pictures of PICTURE_BYTES.
"""

import os
import resource
import time
import uuid
from collections.abc import Iterator

from bench.figure import Figure
from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Answer, Picture, Question
from tasks.models.served import Served
from tests.fixtures.model_server import model_server

IN_FLIGHT = (1, 4, 16, 64)
TOKENS, TOKEN_S = 100, 0.02
ROUNDS = 6
"""Questions for each slot."""
PICTURES, PICTURE_BYTES = 6, 30_000
AT_LEAST = 0.95
MANY, MOST_GROWTH_BYTES = 3000, 100_000_000


def figures() -> Iterator[Figure]:
    """Occupancy and CPU per request at each number in flight; what memory grows by over many questions."""
    for slots in IN_FLIGHT:
        occupancy, cpu_s = measured(slots, slots * ROUNDS, TOKENS)
        yield Figure(f"slot occupancy, {slots} in flight", occupancy, at_least=AT_LEAST)
        yield Figure(f"CPU of the client per request, {slots} in flight", cpu_s * 1000, "ms")
    yield Figure(f"memory that {MANY} questions take beyond the first tenth of them", growth() / 1e6, "MB",
                 at_most=MOST_GROWTH_BYTES / 1e6)  # fmt: skip


def measured(slots: int, count: int, tokens: int) -> tuple[float, float]:
    """Share of the slots' time that they were busy, and CPU seconds per request."""
    with model_server(slots=slots, tokens=tokens, token_s=TOKEN_S) as server:
        settings = VisionLanguageSettings.model_validate(
            {"backend": "openai", "model": "m", "url": server.url, "in_flight": slots}
        )
        backend = Served(settings)
        ask(backend, [question() for _ in range(slots)])  # connections are made
        asked = [question() for _ in range(count)]  # making up pictures is no work of the client's
        before, cpu = server.stats(), time.process_time()
        ask(backend, asked)
        cpu_s, after = time.process_time() - cpu, server.stats()
        backend.close()
    begun = server_begun(before.last_at, after.starts)
    wall_s = after.last_at - begun
    return (after.busy_s - before.busy_s) / (wall_s * slots), cpu_s / count


def server_begun(since: float, starts: list[float]) -> float:
    """When the first request after that came to a slot."""
    return min(start for start in starts if start > since)


def ask(backend: Served, questions: list[Question]) -> None:
    """Asks them all, and lets go of every answer."""
    for one in questions:
        backend.offer(one)
    backend.finish()
    assert all(isinstance(backend.reply_to(one.question_id), Answer) for one in questions)


def question() -> Question:
    """One with pictures that are nobody else's."""
    pictures = tuple(Picture(float(at), os.urandom(PICTURE_BYTES)) for at in range(PICTURES))
    return Question(uuid.uuid4(), pictures, "What is it?", answer_tokens=256)


def growth() -> float:
    """Bytes by which the process's peak grows from the first tenth of many questions to the last."""
    with model_server(slots=32) as server:
        backend = Served(
            VisionLanguageSettings.model_validate(
                {"backend": "openai", "model": "m", "url": server.url, "in_flight": 32}
            )
        )
        peaks = []
        for _ in range(10):
            for _ in range(MANY // 10):
                one = question()
                backend.offer(one)
                _forget(backend, one)
            backend.finish()
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        backend.close()
    return float(peaks[-1] - peaks[0])


_asked: list[uuid.UUID] = []


def _forget(backend: Served, one: Question) -> None:
    """Fetches what has come, as the runner does."""
    _asked.append(one.question_id)
    _asked[:] = [open_id for open_id in _asked if backend.reply_to(open_id) is None]
