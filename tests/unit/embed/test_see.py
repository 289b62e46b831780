"""One decode: how many pictures of a clip, which part of them, and how they are prepared."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from tasks.core.catalog.inputs import ClipInput
from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.store import path_to_uri
from tasks.embed import see
from tasks.embed.see import Asked, see_one
from tasks.models.preparation import AsSeen, Preparation
from tests.fixtures.made_video import Bars, Shot, made_video

# Cropped without being resized, so that Pillow is not needed.
AS_IT_IS = Preparation(120, (96, 96), 3, (0.5,) * 3, (0.5,) * 3)


class Untouched(Preparation):
    """Takes any picture as it comes."""

    def prepared(self, picture: np.ndarray) -> np.ndarray:
        return picture


WHOLE = Untouched(48, None, 3, (0.5,) * 3, (0.5,) * 3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipInput:
    path = tmp_path_factory.mktemp("see") / "made.mp4"
    made_video(path, [Shot(4, seed=3)], (160, 120), bars=Bars(top=20, bottom=20))
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    return ClipInput(
        uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, Box(0, 20, 160, 80), ("embedding", "zero_shot")
    )


def asked(frames: int = 8, fps: float | None = None, *networks: tuple[str, str], signal: bool = True) -> Asked:
    return Asked(frames, fps, tuple((name, (scorer,), WHOLE) for name, scorer in networks), signal)


def test_the_offline_default_keeps_no_picture(clip: ClipInput) -> None:
    seen = see_one(clip, asked())
    assert seen.signal is not None
    assert seen.pictures == {}


@pytest.mark.parametrize(("frames", "fps", "count"), [(8, None, 8), (3, None, 3), (8, 2.0, 8), (8, 0.5, 2)])
def test_pictures_are_spread_over_the_clip(clip: ClipInput, frames: int, fps: float | None, count: int) -> None:
    seen = see_one(clip, asked(frames, fps, ("net", "zero_shot"), signal=False))
    assert len(seen.pictures["net"]) == count


def test_pictures_are_bounded_whatever_the_length(clip: ClipInput, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(see, "MOST_PICTURES", 5)
    assert len(see_one(clip, asked(8, 8.0, ("net", "zero_shot"))).pictures["net"]) == 5


@pytest.mark.parametrize(("frames", "fps"), [(8, None), (3, None), (8, 3.0), (8, 6.0), (8, 0.5)])
def test_networks_and_the_signal_embedding_do_not_mind_each_other(
    clip: ClipInput, frames: int, fps: float | None
) -> None:
    both = see_one(clip, asked(frames, fps, ("net", "zero_shot")))
    network = see_one(clip, asked(frames, fps, ("net", "zero_shot"), signal=False))
    alone = see_one(clip, asked())
    np.testing.assert_array_equal(both.pictures["net"], network.pictures["net"])
    np.testing.assert_array_equal(both.signal, alone.signal)  # type: ignore[arg-type]


def test_pictures_are_of_what_lies_inside_the_bars(clip: ClipInput) -> None:
    for picture in see_one(clip, asked(2, None, ("net", "zero_shot"))).pictures["net"]:
        assert min(picture.shape[:2]) >= WHOLE.shorter_side_px
        assert picture.shape[1] == pytest.approx(2 * picture.shape[0], abs=2)
        assert picture[:3].mean() > 40


def test_only_what_has_not_been_seen_is_looked_at(clip: ClipInput) -> None:
    later = ClipInput(
        clip.subject_id, clip.reserved_id, clip.uri, clip.info, clip.span, clip.box, scorers=("zero_shot",)
    )
    seen = see_one(later, asked(4, None, ("one", "zero_shot"), ("other", "clip_aesthetic")))
    assert seen.signal is None
    assert set(seen.pictures) == {"one"}


def test_the_middle_is_cropped() -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[12:108, 32:128] = 255
    assert (AS_IT_IS.prepared(picture) == 255).all()


def test_a_missing_file_is_told(clip: ClipInput, tmp_path: Path) -> None:
    gone = ClipInput(
        clip.subject_id, clip.reserved_id, path_to_uri(tmp_path / "gone.mp4"), clip.info, clip.span, clip.box,
        clip.scorers,
    )  # fmt: skip
    with pytest.raises(Exception, match="gone"):
        see_one(gone, asked())


def test_what_takes_any_shape_is_given_pictures_that_are_not_enlarged(clip: ClipInput) -> None:
    for side_px, wanted in ((40, (42, 84)), (768, (80, 160))):
        shown = Asked(2, None, (("net", ("zero_shot",), AsSeen(side_px)),), signal=False)
        for picture in see_one(clip, shown).pictures["net"]:
            assert picture.shape[:2] == pytest.approx(wanted, abs=2)


def test_a_similarity_alone_needs_the_vector_too(clip: ClipInput) -> None:
    later = ClipInput(clip.subject_id, clip.reserved_id, clip.uri, clip.info, clip.span, clip.box, ("domain",))
    assert see_one(later, asked()).signal is not None
