"""What may be wrong with a caption, from its words."""

import pytest

from tasks.caption.flags import flag_windows, repetition, scores_of
from tasks.caption.window import Texts, Unmeasured, Window, WindowCaption
from tests.unit.caption.fake_backend import GOOD, LONG


def window(ordinal: int = 0, **texts: str) -> WindowCaption:
    return WindowCaption(Window(ordinal, 5.0 * ordinal, 5.0 * ordinal + 5), "fake-1", Texts(**(GOOD | texts)))


def flags_of(*windows: WindowCaption) -> list[tuple[str, ...]]:
    flag_windows(windows)
    return [one.flags for one in windows]


def test_a_good_caption_has_no_flag() -> None:
    assert flags_of(window()) == [()]
    assert set(scores_of([window()]).numbers.values()) == {0.0}


@pytest.mark.parametrize(
    ("texts", "flag"),
    [
        ({"short": "A car."}, "length_outlier"),
        ({"long": LONG * 5}, "length_outlier"),
        ({"long": "A dog runs over the grass. " * 20}, "repetition"),
        ({"medium": "The video shows a red car. " + LONG[:150]}, "boilerplate"),
        ({"short": "In this clip a red car drives along a road."}, "boilerplate"),
        ({"short": "I'm sorry, I cannot describe what is here at all."}, "refusal"),
        ({"medium": LONG[:200] + " A watermark lies in the corner."}, "overlay_mention"),
        ({"long": "Ein rotes Auto fährt auf einer schmalen Straße zwischen zwei grünen Feldern. " * 8}, "foreign"),
        ({"long": "一辆红色的汽车沿着狭窄的道路行驶。" * 20}, "foreign"),
    ],
)
def test_each_flag_has_its_words(texts: dict[str, str], flag: str) -> None:
    if flag == "foreign":
        texts = {name: texts["long"] for name in ("short", "medium", "long")}
    (found,) = flags_of(window(**texts))
    assert flag in found


def test_windows_with_the_same_words_are_near_duplicates() -> None:
    assert flags_of(window(0), window(1)) == [("near_duplicate",)] * 2
    other = "A boat lies in a quiet harbour at noon, and gulls circle above its mast. " + LONG[150:]
    assert flags_of(window(0), window(1, long=other)) == [(), ()]


def test_short_captions_are_no_fault_without_a_model() -> None:
    one = window(short="A shot.", medium="A shot.", long="A shot.")
    flag_windows([one], told_by_numbers=True)
    assert one.flags == ()


def test_repetition_grows_with_loops() -> None:
    assert repetition(LONG) < 0.05
    assert repetition("the dog runs and " * 30) > 0.9
    assert repetition("two words") == 0


def test_windows_without_a_caption_are_counted() -> None:
    lost = WindowCaption(Window(1, 5, 10), "", unmeasured=Unmeasured("empty", "the answer is empty"))
    both = scores_of([window(), lost])
    assert both.numbers["caption_unmeasured_share"] == 0.5
    assert both.unmeasured is None
    none = scores_of([lost])
    assert (none.numbers, none.unmeasured) == ({"caption_unmeasured_share": 1.0}, "no_caption")
