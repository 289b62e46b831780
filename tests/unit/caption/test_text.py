"""Text that captions without a model read: written into pictures, so that the truth is exact."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.caption import stage, text
from tasks.caption.facts import reading
from tasks.caption.flags import flag_windows
from tasks.caption.look import Described, describe_one
from tasks.caption.text import TextLine, WindowText
from tasks.caption.window import Texts, Window, WindowCaption
from tasks.core.errors import StageRefused
from tasks.core.ocr.boxes import TextBox
from tasks.core.ocr.reading import Reading
from tasks.core.settings_caption import CaptionSettings
from tests.fixtures.grey_scene import backdrop
from tests.fixtures.made_video import Coding, write_video
from tests.unit.caption.test_look import clip_of

READS = CaptionSettings(read_text=True)
WINDOW = Window(0, 0.0, 5.0)


def picture(*lines: str, step: int = 0) -> np.ndarray:
    image = np.repeat(backdrop(20 * step)[..., None], 3, axis=2)
    for number, line in enumerate(lines):
        for level, thickness in ((0, 6), (255, 2)):
            at = (20, 60 + 60 * number)
            cv2.putText(image, line, at, cv2.FONT_HERSHEY_DUPLEX, 0.9, (level,) * 3, thickness, cv2.LINE_AA)
    return image


def told(path: Path, shown: Sequence[np.ndarray], settings: CaptionSettings = READS) -> Described:
    write_video(path, shown, Coding(fps=4))
    return describe_one(clip_of(path), settings)


def read_as(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[Reading]) -> list[TextLine]:
    """What is told of a window whose pictures are read as these."""
    answer = iter(answers)
    monkeypatch.setattr(text, "read_text", lambda image: next(answer))
    window = WindowText(WINDOW)
    for number in range(len(answers)):
        window.see(2.5 * number, picture())
    return window.lines()


def line(said: str, certainty: float = 1.0, top: int = 0, height: int = 20) -> Reading:
    return Reading(said, certainty, TextBox(0, top, 100, top + height, 0.9, 0.0))


def test_each_window_tells_the_text_that_is_read_in_it(tmp_path: Path) -> None:
    shown = [*[picture("BAKERY", step=step) for step in range(20)], *[picture("Gate B 17") for _ in range(20)]]
    first, second = told(tmp_path / "text.mp4", shown).windows
    assert first.texts is not None
    assert second.texts is not None
    assert first.texts.long.endswith("“BAKERY” can be read in the picture.")
    assert second.texts.long.endswith("“Gate B 17” can be read in the picture.")
    assert "BAKERY" not in second.texts.long
    (fact,) = [fact for fact in first.facts if fact.score == "window_text_certainty"]
    assert (fact.says, fact.of) == ("“BAKERY”", "window")
    assert 0.9 <= fact.value <= 1
    assert "overlay_mention" in first.flags


def test_text_is_read_only_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "read_text", lambda image: pytest.fail("read"))
    told(tmp_path / "text.mp4", [picture("BAKERY")] * 8, CaptionSettings())


def test_a_picture_without_text_has_none_to_tell(tmp_path: Path) -> None:
    (one,) = told(tmp_path / "plain.mp4", [picture(step=step) for step in range(8)]).windows
    assert one.texts is not None
    assert "can be read" not in one.texts.long


def test_letters_that_the_recogniser_does_not_know_are_not_made_up() -> None:
    image = np.repeat(backdrop(0)[..., None], 3, axis=2)
    cv2.putText(image, "Мы должны уйти", (20, 120), (255, 255, 255), cv2.FontFace("sans"), 32, 400)
    window = WindowText(WINDOW)
    window.see(0.0, image)
    assert window.lines() == []


def test_two_pictures_of_a_window_are_read_and_one_of_a_short_one() -> None:
    window = WindowText(WINDOW)
    times = [number / 4 for number in range(20)]
    due = []
    for time_s in times:
        if window.is_due(time_s):
            due.append(time_s)
            window.see(time_s, picture()[:40, :40])
    assert due == [1.25, 3.75]
    assert WindowText(Window(0, 0.0, 0.8)).is_due(0.4)


def test_of_two_readings_of_a_line_the_surer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_as(monkeypatch, [line("BAKFRY", 0.92)], [line("BAKERY", 0.99)]) == [TextLine("BAKERY", 0.99)]
    assert read_as(monkeypatch, [line("BAKERY", 0.99)], [line("BAKFRY", 0.92)]) == [TextLine("BAKERY", 0.99)]


def test_unsure_and_endless_lines_and_single_letters_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_as(monkeypatch, [line("BAKERY", 0.89), line("A"), line("- -"), line("word " * 17)]) == []


def test_of_many_lines_the_tallest_are_told_from_the_top_down(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("one", "two hours", "three", "fourteen", "fifty", "sixteenth")
    lines = [line(word, top=100 * number, height=10 + number) for number, word in enumerate(words)]
    assert [one.text for one in read_as(monkeypatch, lines[::-1])] == list(words[2:])


def test_what_is_read_says_nothing_about_the_words_of_the_caption_itself() -> None:
    said = "The picture is dim, and the camera stands still. “%s” can be read in the picture."
    for words in (
        "Sorry, I cannot help",
        "the video shows",
        "NO " * 26,
        "我们应该在日出前离开我们应该在日出前离开我们应该",
    ):
        one = WindowCaption(WINDOW, "signals-1", Texts("A shot.", "A shot.", said % words))
        flag_windows([one], told_by_numbers=True)
        assert one.flags == ("overlay_mention",)


def test_quotation_marks_in_the_text_do_not_end_the_quotation() -> None:
    assert reading(TextLine("“Stay” he said", 1.0)).says == "“'Stay' he said”"


def test_reading_makes_other_captions_and_is_no_matter_of_a_model() -> None:
    model = {"model": {"backend": "openai", "model": "fake"}}
    assert CaptionSettings().fingerprint() != READS.fingerprint()
    first, second = (CaptionSettings.model_validate({**model, "read_text": reads}) for reads in (False, True))
    assert first.fingerprint() == second.fingerprint()


def test_without_the_recogniser_the_stage_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "can_read", lambda: False)
    with pytest.raises(StageRefused, match="onnxruntime"):
        stage.check_packages(READS)
    stage.check_packages(CaptionSettings())
