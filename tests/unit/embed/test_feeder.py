"""Pictures of several clips go through the networks together, and each clip gets its own vectors back."""

import random
from collections.abc import Sequence

import numpy as np
import pytest

from tasks.embed.feeder import Feeder
from tasks.embed.see import Seen
from tasks.models.encoder import BATCH_PICTURES, Clip, Vectors, picture_by_picture
from tasks.models.preparation import Picture


class Network:
    """The first pixel of a picture, as a vector."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def vectors_of(self, clips: Sequence[Clip]) -> list[Vectors]:
        return picture_by_picture(clips, self._first_pixels)

    def _first_pixels(self, pictures: Sequence[Picture]) -> Vectors:
        self.batches.append(len(pictures))
        return np.array([[one[0, 0, 0], one[0, 0, 1]] for one in pictures], np.float32)


def clip(number: int, pictures: int, *names: str) -> Seen:
    image = np.full((2, 2, 3), number, np.uint8)
    return Seen(None, {name: [image + np.uint8(place) for place in range(pictures)] for name in names})


def test_every_clip_has_its_own_vectors() -> None:
    order = random.Random(5)
    networks = {"one": Network(), "other": Network()}
    feeder = Feeder(networks.__getitem__, batch_pictures=16)
    clips = [clip(number, order.randint(1, 40), *order.choice([("one",), ("other",), ("one", "other")]))
             for number in range(100)]  # fmt: skip
    wanted = [{name: len(pictures) for name, pictures in seen.pictures.items()} for seen in clips]
    for place, seen in enumerate(clips):
        feeder.offer(seen)
        if place % 30 == 29:
            feeder.finish()
    feeder.finish()
    for number, (seen, counts) in enumerate(zip(clips, wanted, strict=True)):
        assert {name: len(rows) for name, rows in seen.vectors.items()} == counts
        assert seen.pictures == {}
        for rows in seen.vectors.values():
            assert rows[:, 0].tolist() == [number + place for place in range(len(rows))]
    assert max(networks["one"].batches) <= BATCH_PICTURES


def test_clips_share_batches() -> None:
    network = Network()
    feeder = Feeder(lambda name: network, batch_pictures=64)
    for number in range(20):
        feeder.offer(clip(number, 8, "one"))
    feeder.finish()
    assert network.batches == [64, 64, 32]


def test_a_broken_network_is_told() -> None:
    feeder = Feeder({}.__getitem__)
    feeder.offer(clip(1, 8, "one"))
    with pytest.raises(KeyError):
        feeder.finish()
