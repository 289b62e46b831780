"""How busy the network of `embed` is kept while clips are decoded: the share of the wall in which it has work.

    python -m bench embed_feed

The real runner of batches, its decoder processes and the real feeder, over clips of a few small pictures; but the
catalog is one that only takes its time, and so is the network, which needs no CPU, as a GPU does not. What decoding
gives is measured first, so that the network can be one that decoding keeps up with: it takes HEADROOM times as long.
Then the same with decoders that only take their time, as if each had a core of its own: a batch of the network is soon
over, and what the runner does between two batches weighs more. Another network is so slow that pictures would pile up.
"""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.figure import Figure
from tasks.core.batch import BatchWork
from tasks.core.catalog import Connection
from tasks.core.catalog.inputs import ClipInput
from tasks.core.catalog.work import StageRun
from tasks.core.log import get_log
from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.recipe import parse_recipe
from tasks.core.store import path_to_uri
from tasks.embed import stage
from tasks.embed.feeder import IN_FLIGHT, Feeder
from tasks.embed.see import Asked, Seen, see_one
from tasks.models.encoder import BATCH_PICTURES, Clip, Vectors, picture_by_picture
from tasks.models.preparation import Picture, Preparation
from tests.fixtures.made_video import Shot, made_video

CLIPS = 400
FRAMES = 8
MODEL = "clip-vit-large-patch14"
HEADROOM = 1.5
AT_LEAST = 0.9
TRANSACTION_S, ATTEMPT_S = 0.03, 0.002
"""Of a chunk of results, and of an item that is begun."""
DECODE_S = 0.005
"""Of a clip, for decoders that only take their time."""


class AsItComes(Preparation):
    """Takes any picture, so that what is measured is not Pillow."""

    def prepared(self, picture: Picture) -> Picture:
        """The same."""
        return picture


ASKED = Asked(FRAMES, None, ((MODEL, ("embedding",), AsItComes(32, None, 3, (0.5,) * 3, (0.5,) * 3)),), signal=False)


@dataclass(slots=True)
class Network:
    """Takes its time and no CPU; knows for how long it was at work, and how many pictures wait for it."""

    picture_s: float
    began_s: float = 0.0
    """When the first clip came."""
    busy_s: float = 0.0
    waiting: int = 0
    most_waiting: int = 0

    def expect(self, pictures: int) -> None:
        """Says that so many more are decoded."""
        self.began_s = self.began_s or time.perf_counter()
        self.waiting += pictures
        self.most_waiting = max(self.most_waiting, self.waiting)

    def vectors_of(self, clips: Sequence[Clip]) -> list[Vectors]:
        """A vector for each picture."""
        return picture_by_picture(clips, self._vectors_of_pictures)

    def _vectors_of_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        began = time.perf_counter()
        time.sleep(self.picture_s * len(pictures))
        self.busy_s += time.perf_counter() - began
        self.waiting -= len(pictures)
        return np.full((len(pictures), 4), 0.5, np.float32)


class Alone(StageRun):
    """A stage run whose catalog only takes its time."""

    def take(self) -> set[uuid.UUID]:
        """All of the batch."""
        return {clip.subject_id for clip in self.run.clips}  # type: ignore[attr-defined]

    def unended(self, subjects: Sequence[uuid.UUID]) -> dict[uuid.UUID, Any]:
        """No attempt was made before."""
        return {}

    def begin_attempt(self, subject: uuid.UUID, attempt: int) -> None:
        """A small transaction."""
        time.sleep(ATTEMPT_S)

    def hold(self, connection: Connection, subjects: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Nobody has taken any over."""
        return set(subjects)

    def end_attempts(self, connection: Connection, subjects: Iterable[uuid.UUID]) -> None:
        """Part of the transaction."""

    def renew(self) -> None:
        """Nobody else wants the batch."""

    def release(self) -> None:
        """Nobody else wants the batch."""


@contextmanager
def transaction() -> Iterator[Any]:
    """A connection that takes whatever it is given, and its time."""
    time.sleep(TRANSACTION_S)
    yield SimpleNamespace(copy=lambda *_: None)


def figures() -> Iterator[Figure]:
    """How busy the network is, and how many pictures wait for a slow one."""
    with tempfile.TemporaryDirectory() as folder:
        clips = made_clips(Path(folder))
        for work, says in ((see_one, ""), (wait_for_one, ", decoders that only wait")):
            free_s = seconds(work, clips, Network(0.0), Path(folder))
            picture_s = HEADROOM * free_s / (CLIPS * FRAMES)
            network = Network(picture_s)
            wall_s = seconds(work, clips, network, Path(folder))
            yield Figure(f"clips a second, without a network{says}", CLIPS / free_s, "1/s")
            yield Figure(f"network, {BATCH_PICTURES} pictures{says}", 1000 * picture_s * BATCH_PICTURES, "ms")
            yield Figure(f"share of the wall in which it is busy{says}", network.busy_s / wall_s, at_least=AT_LEAST)
        slow = Network(4 * picture_s)
        seconds(wait_for_one, clips[:100], slow, Path(folder))
        # One batch is in the network's hands, and one is being gathered.
        most = (IN_FLIGHT + 2) * BATCH_PICTURES
        yield Figure("pictures that wait for a slow one, at most", slow.most_waiting, at_most=most)


def wait_for_one(clip: ClipInput, asked: Asked) -> Seen:
    """The pictures of a clip, grey, after a while."""
    time.sleep(DECODE_S)
    return Seen(None, {MODEL: [np.full((40, 60, 3), 128, np.uint8)] * asked.frames})


def made_clips(folder: Path) -> list[ClipInput]:
    """Two seconds of a small video, many times."""
    path = folder / "made.mp4"
    made_video(path, [Shot(2, seed=3)], (96, 64))
    info = probe(path)
    span, box = Span(info.start_pts, info.end_pts, info.time_base), Box(0, 0, info.width_px, info.height_px)
    ids = [uuid.uuid4() for _ in range(CLIPS)]
    return [ClipInput(one, one, path_to_uri(path), info, span, box, ("embedding",)) for one in ids]


def seconds(
    work: Callable[[ClipInput, Asked], Seen], clips: Sequence[ClipInput], network: Network, folder: Path
) -> float:
    """Wall seconds of a batch from its first decoded clip to its end."""
    source = {"name": "made", "path": str(folder), "licence": "CC0-1.0", "rights": "made here"}
    body = {"name": "made", "dataset": "made", "output": str(folder / "out"), "sources": [source]}
    recipe = parse_recipe({**body, "embed": {"embedding": {"model": MODEL}}})
    run: Any = SimpleNamespace(recipe=recipe, key=lambda name: name, clips=clips)
    catalog: Any = SimpleNamespace(begin=transaction)

    def feed(stage_run: StageRun, result: stage.Finished) -> None:
        network.expect(FRAMES)
        stage.feed(stage_run, result)

    of_clips = replace(stage.STAGE, work=work, pending=lambda *_: clips, settings=lambda _: ASKED, store=feed)
    feeder = Feeder(lambda name: network)
    with patch.object(stage, "_feeder", lambda: feeder):
        BatchWork(of_clips, Alone(catalog, run, "embed", None, uuid.uuid4()), get_log()).run()
    return time.perf_counter() - network.began_s
