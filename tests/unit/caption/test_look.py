"""One decode: windows, what is measured of them, and pictures as the clip will be delivered."""

import io
import uuid
from pathlib import Path

import av
import numpy as np
import pytest

from tasks.caption.look import CaptionInput, describe_one
from tasks.caption.measure import WindowMeasure
from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import UnreadableVideo
from tasks.core.media import probe
from tasks.core.model import Box, Span
from tasks.core.settings_caption import CaptionSettings
from tasks.core.store import path_to_uri
from tests.fixtures.made_video import Bars, Coding, Shot, made_video, write_video

SIGNALS = CaptionSettings()
MODEL = CaptionSettings.model_validate(
    {"frames": 4, "model": {"backend": "openai", "model": "fake", "longer_side_px": 64}}
)
SCORES = {
    "camera_likelihood": 0.9, "aspect_ratio": 16 / 9, "short_side_px": 90.0, "camera_speed": 0.1, "camera_right": 0.09,
    "camera_down": 0.0, "object_share": 0.2, "object_motion": 0.05, "cut_strength": 0.0, "dissolve_strength": 0.1,
    "overlay_certainty": 0.9, "overlay_bottom_share": 0.9,
}  # fmt: skip


def clip_of(path: Path, box: Box | None = None) -> CaptionInput:
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    box = box or Box(0, 0, info.width_px, info.height_px)
    return CaptionInput(ClipInput(uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, box), SCORES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("look") / "made.mp4"
    made_video(path, [Shot(7.8, seed=3)], (160, 120), Coding(fps=10), Bars(top=15, bottom=15))
    return path


def filled(colour: tuple[int, int, int], size: tuple[int, int] = (64, 96)) -> np.ndarray:
    return np.full((*size, 3), colour, np.uint8)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((200, 20, 20), "red"), ((30, 140, 40), "green"), ((20, 40, 200), "blue"), ((120, 70, 20), "brown"),
        ((240, 150, 20), "orange"), ((240, 240, 240), "white"), ((10, 10, 10), "black"), ((120, 120, 125), "grey"),
        ((230, 220, 30), "yellow"), ((230, 60, 160), "pink"), ((120, 40, 200), "purple"), ((30, 190, 190), "turquoise"),
    ],
)  # fmt: skip
def test_a_colour_has_its_name(colour: tuple[int, int, int], name: str) -> None:
    measure = WindowMeasure()
    measure.see(filled(colour))
    assert measure.numbers()[f"window_{name}_share"] == 1


def test_change_is_found_where_it_is() -> None:
    measure = WindowMeasure()
    for number in range(8):
        picture = filled((90, 90, 90))
        picture[44:60, 66 + 3 * number : 74 + 3 * number] = 220
        measure.see(picture)
    numbers = measure.numbers()
    assert numbers["window_change_right"] == 1
    assert numbers["window_change_bottom"] == 1
    assert 0 < numbers["window_changed_share"] < 0.05


def test_a_window_that_gets_brighter_is_known() -> None:
    measure = WindowMeasure()
    for level in range(40, 200, 20):
        measure.see(filled((level, level, level)))
    assert measure.numbers()["window_brightening"] == pytest.approx(120 / 255, abs=0.01)


def test_nothing_seen_is_no_number() -> None:
    assert WindowMeasure().numbers() == {}


def test_captions_without_a_model_say_so_and_stand_on_scores(made: Path) -> None:
    clip = clip_of(made)
    found = describe_one(clip, SIGNALS)
    assert [(one.window.start_s, one.window.end_s) for one in found.windows] == [(0, 5), (5, pytest.approx(7.8))]
    for one in found.windows:
        assert one.model == "signals-1"
        assert one.texts is not None
        assert len(one.texts.short) < len(one.texts.medium) < len(one.texts.long)
        assert "to the right" in one.texts.short
        assert "Text lies over the lower third of the picture." in one.texts.long
        assert "overlay_mention" in one.flags
        for fact in one.facts:
            assert fact.says in f"{one.texts.medium} {one.texts.long}".lower()
            if fact.of == "clip":
                assert SCORES[fact.score] == fact.value
            else:
                assert fact.score.startswith("window_")


def test_what_was_not_measured_is_not_told(made: Path) -> None:
    clip = clip_of(made)
    found = describe_one(CaptionInput(clip.clip, {}), SIGNALS)
    text = found.windows[0].texts
    assert text is not None
    assert not {"camera", "filmed", "drawn", "cut"} & set(text.long.lower().replace(".", "").split())
    assert {fact.of for fact in found.windows[0].facts} == {"window"}


def test_the_same_clip_has_the_same_captions(made: Path) -> None:
    first, second = (describe_one(clip_of(made), SIGNALS) for _ in range(2))
    assert [one.as_json() for one in first.windows] == [one.as_json() for one in second.windows]


def test_parts_are_made_where_they_are_wanted(made: Path) -> None:
    found = describe_one(clip_of(made), CaptionSettings(structured=True))
    parts = found.windows[0].structured
    assert parts is not None
    assert parts["subjects"] == []
    assert parts["cinematography"]["camera_motion"].startswith("Over the whole clip the camera moves to the right")
    assert "caption_json" in found.windows[0].as_json()


def test_a_model_is_shown_pictures_inside_the_box_spread_over_each_window(made: Path) -> None:
    found = describe_one(clip_of(made, Box(0, 15, 160, 90)), MODEL)
    assert [len(found.pictures[ordinal]) for ordinal in (0, 1)] == [4, 3]
    assert [picture.time_s for picture in found.pictures[0]] == pytest.approx([0, 1.3, 2.5, 3.8], abs=0.1)
    assert all(5 <= picture.time_s < 7.8 for picture in found.pictures[1])
    with av.open(io.BytesIO(found.pictures[0][0].jpeg)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (36, 64, 3)
    assert picture[:2].mean() > 40


def test_a_turned_clip_is_shown_upright(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    made_video(path, [Shot(2, seed=3)], (90, 160), Coding(fps=10, rotation_deg=90))
    found = describe_one(clip_of(path), MODEL)
    with av.open(io.BytesIO(found.pictures[0][0].jpeg)) as container:
        assert next(container.decode(video=0)).to_ndarray(format="rgb24").shape == (64, 36, 3)


def test_a_window_in_which_nothing_is_shown_says_so(tmp_path: Path) -> None:
    path = tmp_path / "gap.mkv"
    times = [number / 10 for number in range(20)] + [11 + number / 10 for number in range(20)]
    write_video(path, [filled((90, 20 + number, 30)) for number in range(40)], Coding(times_s=times))
    for settings in (SIGNALS, MODEL):
        found = describe_one(clip_of(path), settings)
        kinds = [one.unmeasured.kind if one.unmeasured else None for one in found.windows]
        assert kinds == [None, "no_picture", None]


def test_a_clip_that_does_not_decode_is_unreadable(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    data = bytearray(made.read_bytes())
    start = data.index(b"mdat") + 8
    data[start:-2000] = bytes(len(data) - 2000 - start)
    clip = clip_of(made)
    path.write_bytes(data)
    broken = CaptionInput(
        ClipInput(clip.subject_id, clip.reserved_id, path_to_uri(path), clip.clip.info, clip.clip.span, clip.clip.inner)
    )
    with pytest.raises(UnreadableVideo):
        describe_one(broken, SIGNALS)
