"""What captions without a model cost beside decoding, and whether decoding hides behind a model that answers.

The model is a pretended one with a fixed time for each answer and a fixed number of answers at a time, so that the
machine does not measure itself.
"""

import json
import queue
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figure import Figure
from tasks.caption.dialogue import Dialogue
from tasks.caption.look import CaptionInput, describe_one
from tasks.caption.measure import FPS, SIDE_PX
from tasks.core.catalog.inputs import ClipInput
from tasks.core.media import View, decode, probe
from tasks.core.model import Box, Span
from tasks.core.pool import Done, ItemPool
from tasks.core.settings_caption import CaptionSettings
from tasks.core.store import path_to_uri
from tasks.models.ask import Answer, Question, Reply
from tasks.models.replies import Replies
from tests.fixtures.made_video import Shot, pictures, write_video

SIZES = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080)}
SECONDS, WINDOWS, TRIES = 10.0, 2, 3
CLIPS, WORKERS, SLOTS, IN_FLIGHT = 24, 1, 4, 16
MEMORY_BYTES = 4 << 30
MODEL = CaptionSettings.model_validate({"model": {"backend": "openai", "model": "paced"}})
READS = CaptionSettings(read_text=True)
SCORES = {"camera_speed": 0.05, "camera_right": 0.04, "aspect_ratio": 16 / 9, "short_side_px": 360.0}


class Paced:
    """Answers each question after so long, so many at a time; knows how much it ever held and how long it idled."""

    def __init__(self, answer_s: float) -> None:
        self._replies = Replies(IN_FLIGHT)
        self._asked: queue.Queue[Question] = queue.Queue()
        self._answer_s = answer_s
        self._open: set[uuid.UUID] = set()
        self.most_held = 0
        for _ in range(SLOTS):
            threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            question = self._asked.get()
            time.sleep(self._answer_s)
            said = json.dumps(dict.fromkeys(("short", "medium", "long"), "A car drives by."))
            self._replies.put(Answer(question.question_id, said, "paced-1", 1, 1))

    def offer(self, question: Question) -> None:
        """Takes a question in."""
        self._replies.open(question.question_id)
        self._open.add(question.question_id)
        self.most_held = max(self.most_held, sum(map(self._replies.is_open, self._open)))
        self._asked.put(question)

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        """The reply, once it has come."""
        return self._replies.take(question_id)

    def finish(self) -> None:
        """Returns when every question has a reply."""
        self._replies.wait_for_all()


def figures() -> Iterator[Figure]:
    """Cost by size of the picture; then overlap and what is held."""
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIZES.items():
            path = Path(folder) / f"{name}.mp4"
            write_video(path, pictures([Shot(SECONDS)], size))
            yield from _costs(name, path)
        yield from _overlap(Path(folder) / "720p.mp4")


def _clip(path: Path) -> CaptionInput:
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    box = Box(0, 0, info.width_px, info.height_px)
    return CaptionInput(ClipInput(uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, box), SCORES)


def _costs(name: str, path: Path) -> Iterator[Figure]:
    clip = _clip(path)
    view = View(box=clip.clip.inner, max_side_px=SIDE_PX, sample_fps=FPS)
    bare = _milliseconds(lambda: list(decode(path, clip.clip.info, clip.clip.span, view)))
    made = _milliseconds(lambda: describe_one(clip, CaptionSettings()))
    yield Figure(f"{name}: decoding the pictures of a clip of 10 s", bare, "ms")
    yield Figure(f"{name}: its captions without a model, against that", made / bare, "x", at_most=1.25)
    describe_one(clip, READS)  # opens the networks
    reading = _milliseconds(lambda: describe_one(clip, READS)) - made
    yield Figure(f"{name}: looking for text to read, per window", reading / WINDOWS, "ms")


def _overlap(path: Path) -> Iterator[Figure]:
    """Clips are decoded by one process while four answers at a time are made; both take about as long on their own."""
    clips = [_clip(path) for _ in range(CLIPS)]
    with ItemPool(WORKERS, MEMORY_BYTES, __name__) as pool:
        _describe(pool, clips[:2], None)  # the child imports
        decoding_s = _describe(pool, clips, None)[0]
        windows = 2 * CLIPS
        answer_s = decoding_s * SLOTS / windows
        both_s, most_pictures, backend = _describe(pool, clips, answer_s)
    assert backend is not None
    answering_s = answer_s * windows / SLOTS
    hidden = (decoding_s + answering_s - both_s) / min(decoding_s, answering_s)
    # Nothing is answered before the first clip is decoded, and nothing decoded while the last windows are answered.
    least_s = max(decoding_s, answering_s) + decoding_s / CLIPS + answer_s
    yield Figure("decoding alone", decoding_s, "s")
    yield Figure("answering alone, at best", answering_s, "s")
    yield Figure("both together", both_s, "s")
    yield Figure("both together, by the least that they can take", both_s / least_s, "x")
    yield Figure("share of the shorter that hides behind the longer", hidden, "", at_least=0.75)
    yield Figure("most questions open at a time", backend.most_held, "", at_most=IN_FLIGHT)
    yield Figure("most windows whose pictures are held", most_pictures, "", at_most=IN_FLIGHT + 2 * (WORKERS + 1))


def _describe(pool: ItemPool, clips: list[CaptionInput], answer_s: float | None) -> tuple[float, int, Paced | None]:
    """Seconds for all clips, as the runner goes about it: at most as many in hand as processes, replies taken when they
    come; the most windows that held pictures; without a model where answers take no time."""
    backend = None if answer_s is None else Paced(answer_s)
    waiting, talking, most = list(clips), list[Dialogue](), 0
    started = time.perf_counter()
    running = [(clip, pool.submit(describe_one, clip, MODEL, 120.0)) for clip in waiting[:WORKERS]]
    waiting = waiting[WORKERS:]
    while running:
        clip, future = running.pop(0)
        ended = pool.outcome(future, 120.0)
        assert isinstance(ended, Done)
        if waiting:
            following = waiting.pop(0)
            running.append((following, pool.submit(describe_one, following, MODEL, 120.0)))
        if backend is not None:
            talking.append(Dialogue(backend, MODEL, ended.value))
            talking[-1].begin(clip.subject_id, None)
            most = max(most, sum(len(one.described.pictures) for one in talking))
            talking = [one for one in talking if not one.is_over()]
    for dialogue in talking:
        dialogue.finish()
    return time.perf_counter() - started, most, backend


def _milliseconds(work: Callable[[], object]) -> float:
    """Processor time, at best: other programs do not count."""
    return 1000 * min(_cpu_s(work) for _ in range(TRIES))


def _cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
