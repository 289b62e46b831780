"""Text put over the picture against text of the scene: drawn pictures whose truth is exact."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.core.media import probe
from tasks.core.model import Box, Score, Span
from tasks.core.ocr import boxes, network
from tasks.core.ocr.boxes import TextBox, boxes_in, evened, text_boxes
from tasks.core.settings_filter import FilterSettings, OverlayTextSettings
from tasks.filter import overlay_text
from tasks.filter.clip import score_clip
from tasks.filter.overlay_text import OverlayTextScorer, covered, is_new, zone_of
from tasks.filter.scorer import Clip, Grey
from tasks.filter.slopes import block_sums, common_likeness, likeness, slopes
from tasks.filter.text_lines import certainty, is_line, lines_of, seen
from tests.fixtures.grey_scene import CLIP, HEIGHT, INFO, STEPS, WIDTH, backdrop, scored
from tests.fixtures.made_video import write_video


def with_text(image: Grey, text: str = "Hello there, all", at: tuple[int, int] = (60, 178)) -> Grey:
    """The picture with outlined white text on its own copy."""
    written = image.copy()
    for level, thickness in ((0, 5), (255, 2)):
        cv2.putText(written, text, at, cv2.FONT_HERSHEY_DUPLEX, 0.75, level, thickness, cv2.LINE_AA)
    return written


def text_of(images: Sequence[Grey]) -> dict[str, float]:
    """The numbers of the text scorer."""
    return scored(OverlayTextScorer(OverlayTextSettings(), CLIP), images).numbers


def test_a_subtitle_over_a_moving_scene_is_sure_and_lies_at_the_bottom() -> None:
    numbers = text_of([with_text(backdrop(20 * step)) for step in STEPS])
    assert numbers["overlay_certainty"] > 0.9
    assert numbers["overlay_bottom_share"] == 1
    assert numbers["overlay_time_share"] == 1
    assert numbers["overlay_stability"] > 0.9
    assert 0.03 < numbers["overlay_share"] < 0.2
    assert numbers["scene_text_share"] == 0


def test_a_subtitle_over_a_still_scene_is_told_by_its_looks_and_never_sure() -> None:
    numbers = text_of([with_text(backdrop(0)) for _ in STEPS])
    assert 0.6 < numbers["overlay_certainty"] <= 0.9


def test_a_subtitle_of_half_the_time_has_half_the_time() -> None:
    images = [backdrop(20 * step) for step in STEPS]
    numbers = text_of([with_text(image) if 3 <= step <= 6 else image for step, image in enumerate(images)])
    assert numbers["overlay_certainty"] > 0.9
    assert numbers["overlay_time_share"] == pytest.approx(0.5)


def test_text_that_moves_with_the_scene_is_text_of_the_scene() -> None:
    sign = cv2.GaussianBlur(with_text(np.hstack([backdrop(0)] * 2), at=(200, 100)), (0, 0), 0.8)
    numbers = text_of([sign[:, 20 * step : 20 * step + WIDTH] for step in STEPS])
    assert numbers["overlay_certainty"] == numbers["overlay_share"] == numbers["overlay_time_share"] == 0
    assert numbers["scene_text_share"] > 0.02


TICKER = "Rain from the west tonight, dry and cold from Monday on, more at nine"


def running(step: float, behind: Grey) -> Grey:
    """The picture with a long line that runs through it to the left."""
    long = with_text(np.zeros((HEIGHT, 4 * WIDTH), np.uint8), TICKER, at=(60, 178))
    start = round(24 * step)
    part = long[:, start : start + WIDTH]
    cover = cv2.dilate((part > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(cover > 0, part, behind)


@pytest.mark.parametrize("scene_px", [0, 7], ids=["still", "moving"])
def test_a_line_that_runs_through_the_picture_by_itself_is_over_it(scene_px: int) -> None:
    numbers = text_of([running(step, backdrop(scene_px * step)) for step in STEPS])
    assert numbers["overlay_certainty"] > 0.7
    assert numbers["overlay_time_share"] > 0.5
    assert numbers["overlay_bottom_share"] == 1


def test_a_line_that_changes_its_speed_does_not_run_by_itself() -> None:
    places = (0, 1, 3, 3.5, 6, 6.2, 8, 8.1, 11, 11.3)
    numbers = text_of([running(place, backdrop(0)) for place in places])
    assert numbers["overlay_certainty"] == 0


def test_words_on_a_plain_thing_that_drives_by_are_text_of_the_scene() -> None:
    images = []
    for step in STEPS:
        image = backdrop(0)
        side = np.full((70, 150), 150, np.uint8)
        cv2.putText(side, "PARCELS", (8, 45), cv2.FONT_HERSHEY_DUPLEX, 0.9, 30, 2, cv2.LINE_AA)
        left = 10 + 14 * step
        image[80:150, left : left + 150] = side[:, : WIDTH - left]
        images.append(image)
    numbers = text_of(images)
    assert numbers["overlay_certainty"] < 0.6
    assert numbers["overlay_time_share"] == 0
    assert numbers["scene_text_share"] > 0.02


def test_pictures_without_text_have_none() -> None:
    numbers = text_of([backdrop(20 * step) for step in STEPS])
    assert set(numbers.values()) == {0.0}


def test_where_nothing_is_drawn_the_detector_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay_text, "text_boxes", lambda image: pytest.fail("asked"))
    flat = np.tile(np.linspace(60, 200, WIDTH), (HEIGHT, 1)).astype(np.uint8)
    assert text_of([flat] * 8)["overlay_certainty"] == 0


def test_while_no_stroke_comes_or_goes_the_detector_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Grey] = []
    monkeypatch.setattr(overlay_text, "text_boxes", lambda image: asked.append(image) or text_boxes(image))
    text_of([with_text(backdrop(0)) for _ in STEPS])
    assert len(asked) == 1


def test_a_line_that_a_look_misses_stays_while_its_strokes_do(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Grey] = []

    def forgetful(image: Grey) -> list[TextBox]:
        looks.append(image)
        return text_boxes(image) if len(looks) == 1 else []

    monkeypatch.setattr(overlay_text, "text_boxes", forgetful)
    patches = [with_text(backdrop(20 * step), "XXXXXXXX", at=(10, 20 + 8 * step)) for step in STEPS]
    assert text_of([with_text(image) for image in patches])["overlay_time_share"] == 1
    looks.clear()
    gone = [with_text(image) if step < 2 else image for step, image in enumerate(patches)]
    assert text_of(gone)["overlay_time_share"] == pytest.approx(0.25)
    assert len(looks) > 1


def test_text_that_moves_is_looked_for_again_soon_and_then_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Grey] = []
    monkeypatch.setattr(overlay_text, "lines_in", lambda image: asked.append(image) or [])
    sign = with_text(np.hstack([backdrop(0)] * 2), at=(200, 100))
    images = [sign[:, 12 * step : 12 * step + WIDTH] for step in range(24)]
    text_of(images)
    looked_at = [step for step, image in enumerate(images) if any(np.array_equal(image, one) for one in asked)]
    assert [step / 2 for step in looked_at] == [0, 2, 7]


@pytest.mark.parametrize(("codec", "bit_rate", "looks"), [("h264", None, 8), ("h264", 1000, 4), ("mpeg4", 1000, 2)])
def test_how_often_text_is_looked_for_hangs_on_what_decoding_costs(
    monkeypatch: pytest.MonkeyPatch, codec: str, bit_rate: int | None, looks: int
) -> None:
    asked: list[Grey] = []
    monkeypatch.setattr(overlay_text, "text_boxes", lambda image: asked.append(image) or text_boxes(image))
    info = replace(INFO, codec=codec, bit_rate=bit_rate)
    scorer = OverlayTextScorer(OverlayTextSettings(), replace(CLIP, info=info))
    words = ("Hello there, all", "Where is it now?")
    scored(scorer, [with_text(backdrop(0), words[step // 2 % 2]) for step in range(48)])
    assert len(asked) == looks


def test_without_the_detector_text_is_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    monkeypatch.setattr(overlay_text, "can_detect", boxes.can_detect.__wrapped__)
    score = scored(OverlayTextScorer(OverlayTextSettings(), CLIP), [backdrop(0)] * 8)
    assert score == Score("overlay_text", unmeasured="no_text_detector")


@pytest.mark.parametrize(
    ("images", "why"),
    [([backdrop(0)], "too_few_frames"), ([backdrop(0)[:40]] * 8, "too_small")],
    ids=["one_picture", "small"],
)
def test_text_needs_pictures_with_room(images: list[Grey], why: str) -> None:
    assert scored(OverlayTextScorer(OverlayTextSettings(), CLIP), images).unmeasured == why


def test_boxes_are_around_patches_of_likely_text() -> None:
    likely = np.zeros((100, 200), np.float32)
    likely[40:50, 60:140], likely[80:90, 10:30] = 0.9, 0.4
    (box,) = boxes_in(likely)
    assert (box.left, box.right) == (pytest.approx(52, abs=2), pytest.approx(148, abs=2))
    assert (box.top, box.bottom) == (pytest.approx(32, abs=2), pytest.approx(58, abs=2))
    assert box.certainty > 0.7
    assert box.tilt_deg == 0


def test_the_detector_finds_letters_where_they_are() -> None:
    (box,) = text_boxes(with_text(backdrop(0)))
    assert box.left == pytest.approx(60, abs=8)
    assert box.bottom == pytest.approx(184, abs=8)
    assert box.certainty > 0.7
    assert text_boxes(backdrop(0)) == []


def test_the_detector_finds_letters_that_the_lower_edge_cuts() -> None:
    cut = 170
    found = text_boxes(with_text(backdrop(0))[:cut])
    assert min(box.left for box in found) == pytest.approx(60, abs=8)
    assert {box.bottom for box in found} == {cut}


@pytest.mark.parametrize(
    ("place", "zone"),
    [((0, 0), "corner"), ((140, 5), "top"), ((140, 90), "centre"), ((140, 170), "bottom"), ((10, 90), "centre")],
)
def test_zone_is_where_the_middle_lies(place: tuple[int, int], zone: str) -> None:
    x, y = place
    assert zone_of(TextBox(x, y, x + 40, y + 12, 1.0, 0.0), (HEIGHT, WIDTH)) == zone


def test_boxes_that_overlap_count_once() -> None:
    boxes = [TextBox(0, 0, 20, 10, 1, 0), TextBox(10, 0, 30, 10, 1, 0)]
    assert covered(boxes, (100, 100)) == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("box", "is_one"),
    [((0, 0, 90, 12), True), ((0, 0, 12, 90), True), ((0, 0, 14, 12), False), ((0, 0, 90, 40), False)],
    ids=["line", "column", "square", "large"],
)
def test_a_line_is_longer_than_high_and_not_large(box: tuple[int, int, int, int], is_one: bool) -> None:
    assert is_line(TextBox(*box, 1, 0), (100, 100)) is is_one


def test_strokes_that_come_or_go_are_new_and_noise_is_not() -> None:
    before = np.full((10, 10), 30.0)
    assert not is_new(before, before + 9)
    changed = before.copy()
    changed[4, 2:7] -= 30
    assert is_new(before, changed)


def test_likeness_is_of_slopes_and_not_of_levels() -> None:
    one, other = slopes(backdrop(0)), slopes(backdrop(0, seed=2))
    assert likeness(one, slopes((backdrop(0) // 2 + 60).astype(np.uint8))) > 0.95
    assert abs(likeness(one, other)) < 0.2
    assert common_likeness(one, one) == pytest.approx(1, abs=1e-3)
    assert abs(common_likeness(one, other)) < 0.2
    assert common_likeness(np.zeros_like(one), one) == 1
    assert block_sums(np.ones((5, 7), np.float32), 2).tolist() == [[4, 4, 4], [4, 4, 4]]


def test_a_line_that_leans_and_is_soft_does_not_look_drawn() -> None:
    crisp = [seen(step, with_text(backdrop(0))) for step in range(2)]
    soft = [seen(step, cv2.GaussianBlur(with_text(backdrop(0)), (0, 0), 2)) for step in range(2)]
    level, leaning = TextBox(55, 158, 265, 186, 0.85, 0.0), TextBox(55, 158, 265, 186, 0.85, 9.0)
    (line,) = lines_of([level], crisp[0], crisp[1:])
    sure = certainty(line)
    assert sure > 0.6
    (line,) = lines_of([leaning], soft[0], soft[1:])
    assert certainty(line) < 0.3
    (line,) = lines_of([level], crisp[0], [seen(1, backdrop(80))])
    assert certainty(line) == 0


def test_evened_contrast_is_the_same_for_faint_letters_as_for_clear_ones() -> None:
    clear = with_text(np.full((HEIGHT, WIDTH), 120, np.uint8))
    faint = (120 + (clear.astype(np.float32) - 120) / 5).astype(np.uint8)
    assert evened(faint)[150:190, 60:260].std() > 2 * faint[150:190, 60:260].std()
    assert abs(evened(np.full((HEIGHT, WIDTH), 120, np.uint8)).astype(int) - 128).max() <= 1


def test_text_is_found_in_a_coded_file_inside_the_box_only(tmp_path: Path) -> None:
    path = tmp_path / "subtitled.mp4"
    frames = [with_text(backdrop(2 * number)) for number in range(75)]
    write_video(path, [np.repeat(frame[..., None], 3, axis=2) for frame in frames])
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    for box, is_sure in ((Box(0, 0, WIDTH, HEIGHT), True), (Box(0, 0, WIDTH, 144), False)):
        (score,) = score_clip(path, Clip(info, span, box), FilterSettings(), frozenset({"overlay_text"}))
        assert (score.numbers["overlay_certainty"] > 0.8) is is_sure
