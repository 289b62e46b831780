"""What becomes of a clip under a trainer's demands."""

from fractions import Fraction

import pytest

from tasks.core.model import Box
from tasks.dataset.version import Clip
from tasks.export.fit import Fitted, Misfit, Needs, fit
from tasks.export.musubi import largest
from tasks.export.sizes import SIZES, middle_box, nearest_size
from tasks.export.targets import target_named


def clip(frames: int = 150, rate: str = "25/1", size: tuple[int, int] = (1920, 1080)) -> Clip:
    about = {"frame_rate": rate, "frame_count": frames, "width_px": size[0], "height_px": size[1]}
    return Clip("made", b"", about, {})


def fitted(found: Fitted | Misfit) -> Fitted:
    assert isinstance(found, Fitted)
    return found


@pytest.mark.parametrize(
    ("frames", "rate", "needs", "wanted"),
    [
        (150, "25/1", Needs(), (150, 25)),
        (150, "25/1", Needs(frame_rate=Fraction(16)), (96, 16)),
        (150, "25/1", Needs(frame_rate=Fraction(16), is_4n1=True), (93, 16)),
        (93, "24/1", Needs(is_4n1=True), (93, 24)),
        (720, "120/1", Needs(most_rate=Fraction(60)), (360, 60)),
        (300, "30000/1001", Needs(frame_rate=Fraction(24)), (240, 24)),
    ],
)
def test_frames_after_resampling(frames: int, rate: str, needs: Needs, wanted: tuple[int, int]) -> None:
    found = fitted(fit(clip(frames, rate), needs))
    assert (found.frame_count, found.frame_rate) == wanted
    assert found.is_as_published == (wanted == (frames, Fraction(rate)))


@pytest.mark.parametrize(
    ("frames", "rate", "size", "needs", "reason"),
    [
        (146, "25/1", (1920, 1080), Needs(frame_rate=Fraction(16), least_frames=94), "too_few_frames"),
        (150, "12/1", (1920, 1080), Needs(frame_rate=Fraction(16)), "frame_rate_too_low"),
        (150, "8/1", (1920, 1080), Needs(least_rate=Fraction(10)), "frame_rate_too_low"),
        (1526, "25/1", (1920, 1080), Needs(most_s=61), "too_long"),
        (150, "25/1", (1279, 719), Needs(sizes="cosmos-720"), "too_small"),
    ],
)
def test_why_a_clip_does_not_fit(frames: int, rate: str, size: tuple[int, int], needs: Needs, reason: str) -> None:
    found = fit(clip(frames, rate, size), needs)
    assert isinstance(found, Misfit)
    assert found.reason == reason


@pytest.mark.parametrize("name", ["cosmos-predict2-local", "cosmos-predict2.5-local"])
def test_94_frames_are_enough_for_cosmos_and_93_are_not(name: str) -> None:
    target = target_named(name)
    needs = target.needs(target.options())
    assert isinstance(fit(clip(94, "16/1"), needs), Fitted)
    assert isinstance(fit(clip(93, "16/1"), needs), Misfit)


@pytest.mark.parametrize(
    ("size", "wanted", "box"),
    [
        ((1920, 1080), (1280, 704), Box(0, 12, 1920, 1056)),
        ((1440, 1080), (960, 704), Box(0, 12, 1440, 1056)),
        ((1080, 1080), (960, 960), None),
        ((1080, 1920), (704, 1280), Box(12, 0, 1056, 1920)),
        ((1280, 704), (1280, 704), None),
    ],
)
def test_a_clip_gets_the_size_of_its_shape(size: tuple[int, int], wanted: tuple[int, int], box: Box | None) -> None:
    found = fitted(fit(clip(size=size), Needs(sizes="cosmos-720")))
    assert (found.size_px, found.box) == (wanted, box)


@pytest.mark.parametrize("name", SIZES)
def test_a_piece_from_the_middle_has_the_shape_to_a_pixel(name: str) -> None:
    for size in ((1920, 1080), (3840, 2160), (2000, 2000), (1080, 1920), (1998, 1080)):
        wanted = nearest_size(name, size)
        box = middle_box(size, wanted)
        assert box.x + box.width <= size[0]
        assert box.y + box.height <= size[1]
        assert abs(size[0] - box.width - 2 * box.x) <= 2
        assert abs(box.width * wanted[1] / wanted[0] - box.height) <= 2


def test_the_largest_size_is_that_with_the_most_pixels() -> None:
    assert largest([(1280, 704), (960, 960), (704, 1280)]) == (960, 960)
    assert largest([(1920, 400), (1280, 720)]) == (1280, 720)
