"""Statements that numbers bear out. Each is made of scores alone, and says by which.

Words for amounts were set by looking at real footage beside its numbers; where a number is between two words, or is not
there, nothing is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tasks.caption.measure import COLOURS
from tasks.caption.text import TextLine
from tasks.caption.window import Fact

Numbers = Mapping[str, float]

STANDS, MOVES, SLOW, FAST = 0.01, 0.02, 0.08, 0.4
"""Camera speed in picture heights a second: below the first it stands, from the second on it moves (between them things
that move may feign it); slowly up to the third, fast from the last."""
ZOOMS, TURNS, SHAKES = 0.03, 4.0, 0.005
"""Share by which the picture grows a second; degrees a second; heights from the smoothed path."""
STRAIGHT = 0.5
"""Share of the camera's speed that has to go in one direction for it to be named."""
NAMED_SHARE, MOST_COLOURS = 0.14, 3
"""Share of the picture from which a colour is named."""
COLOURLESS = 0.92
LOPSIDED = 0.55
"""Share of all change that has to lie in one third for it to be named."""
SURE = 0.5
FILMED, DRAWN = 0.65, 0.35
LIGHT_CHANGES = 0.1
STILL = "stands still"
MEDIUM = "of medium brightness"
NINTHS: dict[tuple[str | None, str | None], str] = {
    ("top", None): "in the upper third", ("centre", None): "at middle height", ("bottom", None): "in the lower third",
    (None, "left"): "on the left", (None, "middle"): "in the middle", (None, "right"): "on the right",
    ("top", "left"): "at the upper left", ("top", "middle"): "at the top in the middle",
    ("top", "right"): "at the upper right", ("centre", "left"): "on the left at middle height",
    ("centre", "middle"): "in the centre", ("centre", "right"): "on the right at middle height",
    ("bottom", "left"): "at the lower left", ("bottom", "middle"): "at the bottom in the middle",
    ("bottom", "right"): "at the lower right",
}  # fmt: skip
"""Where most of the change lies, by thirds of the height and of the width."""
INNER_QUOTES = str.maketrans("“”", "''")
RATIOS = (("16:9", 16 / 9), ("4:3", 4 / 3), ("1:1", 1.0), ("3:4", 3 / 4), ("9:16", 9 / 16), ("21:9", 21 / 9))


@dataclass(frozen=True, slots=True)
class Statement:
    """A phrase that goes into a sentence, with the facts that it stands on; empty phrases are not made."""

    says: str
    facts: tuple[Fact, ...]


def clip_fact(says: str, numbers: Numbers, *scores: str) -> Statement:
    """A statement about the whole clip."""
    return Statement(says, tuple(Fact(says, score, numbers[score], "clip") for score in scores))


def window_fact(says: str, numbers: Numbers, *scores: str) -> Statement:
    """A statement about the window alone."""
    return Statement(says, tuple(Fact(says, score, numbers[score], "window") for score in scores))


def kind(clip: Numbers) -> Statement | None:
    """filmed or drawn."""
    likelihood = clip.get("camera_likelihood")
    if likelihood is None or DRAWN < likelihood < FILMED:
        return None
    return clip_fact("filmed" if likelihood >= FILMED else "drawn", clip, "camera_likelihood")


def shape(clip: Numbers) -> Statement | None:
    """landscape, upright or square."""
    ratio = clip.get("aspect_ratio")
    if ratio is None:
        return None
    said = "landscape" if ratio > 1.12 else "upright" if ratio < 0.89 else "square"
    return clip_fact(said, clip, "aspect_ratio")


def size(clip: Numbers) -> Statement | None:
    """Width by height in pixels, with the usual name of the ratio where it has one."""
    if "aspect_ratio" not in clip or "short_side_px" not in clip:
        return None
    ratio, short_px = clip["aspect_ratio"], clip["short_side_px"]
    width_px, height_px = (short_px * ratio, short_px) if ratio >= 1 else (short_px, short_px / ratio)
    name = next((f", {said}" for said, value in RATIOS if abs(ratio / value - 1) < 0.02), "")
    return clip_fact(f"{width_px:.0f} by {height_px:.0f} pixels{name}", clip, "short_side_px", "aspect_ratio")


def light(window: Numbers) -> Statement | None:
    """How bright the pictures are."""
    luma = window.get("window_luma")
    if luma is None:
        return None
    words = ((0.1, "very dark"), (0.22, "dark"), (0.35, "dim"), (0.6, MEDIUM), (0.75, "bright"))
    said = next((word for most, word in words if luma < most), "very bright")
    return window_fact(said, window, "window_luma")


def contrast(window: Numbers) -> Statement | None:
    """Where it stands out, how far dark and bright parts are apart."""
    value = window.get("window_contrast")
    if value is None or 0.1 < value < 0.27:
        return None
    return window_fact("little contrast" if value <= 0.1 else "strong contrast", window, "window_contrast")


def brightening(window: Numbers) -> Statement | None:
    """Whether it gets brighter or darker within the window."""
    change = window.get("window_brightening", 0.0)
    if abs(change) < LIGHT_CHANGES:
        return None
    return window_fact("brighter" if change > 0 else "darker", window, "window_brightening")


def colours(window: Numbers) -> list[Statement]:
    """The colours that take up most of the picture, the largest first."""
    shares = {name: window.get(f"window_{name}_share", 0.0) for name in COLOURS}
    largest = sorted(shares, key=lambda name: -shares[name])[:MOST_COLOURS]
    return [window_fact(name, window, f"window_{name}_share") for name in largest if shares[name] >= NAMED_SHARE]


def colourless(window: Numbers) -> Statement | None:
    """That the picture is black, grey and white only."""
    scores = [f"window_{name}_share" for name in ("black", "grey", "white")]
    if sum(window.get(score, 0.0) for score in scores) < COLOURLESS:
        return None
    return window_fact("almost without colour", window, *scores)


def camera(clip: Numbers) -> Statement | None:
    """What the camera does: stands, or moves, which way and how fast."""
    speed = clip.get("camera_speed")
    if speed is None:
        return None
    if speed < STANDS:
        return clip_fact(STILL, clip, "camera_speed")
    if speed < MOVES:
        return None
    pace = " slowly" if speed < SLOW else " fast" if speed > FAST else ""
    ways = [_way(clip, "camera_right", "right", "left"), _way(clip, "camera_down", "down", "up")]
    named = [(word, score) for word, score in filter(None, ways)]
    if not named:
        return clip_fact(f"moves{pace}", clip, "camera_speed")
    said = f"moves{pace} {' and '.join(_towards(word) for word, _ in named)}"
    return clip_fact(said, clip, "camera_speed", *(score for _, score in named))


def _way(clip: Numbers, score: str, ahead: str, back: str) -> tuple[str, str] | None:
    """The word for a direction, and its score, where much of the movement goes that way."""
    value = clip.get(score)
    if value is None or abs(value) < STRAIGHT * clip["camera_speed"]:
        return None
    return (ahead if value > 0 else back), score


def _towards(word: str) -> str:
    return word if word in ("up", "down") else f"to the {word}"


def zoom(clip: Numbers) -> Statement | None:
    """Whether what is seen becomes larger or smaller."""
    value = clip.get("camera_zoom", 0.0)
    if abs(value) < ZOOMS:
        return None
    return clip_fact("larger" if value > 0 else "smaller", clip, "camera_zoom")


def turn(clip: Numbers) -> Statement | None:
    """Whether the camera turns about its axis."""
    value = clip.get("camera_turn", 0.0)
    if abs(value) < TURNS:
        return None
    return clip_fact("clockwise" if value > 0 else "counter-clockwise", clip, "camera_turn")


def shake(clip: Numbers) -> Statement | None:
    """Whether the camera shakes."""
    if clip.get("shake", 0.0) < SHAKES:
        return None
    return clip_fact("shakes", clip, "shake")


def action(clip: Numbers) -> Statement | None:
    """How much of the picture moves otherwise than the camera, and how fast."""
    if "object_share" not in clip or "object_motion" not in clip:
        return None
    share, motion = clip["object_share"], clip["object_motion"]
    if motion < 0.002 or share < 0.005:
        return clip_fact("hardly anything moves", clip, "object_motion", "object_share")
    parts = ((0.03, "a small part"), (0.12, "a part"), (0.35, "a large part"))
    part = next((word for most, word in parts if share < most), "most")
    pace = " slowly" if motion / share < 0.12 else " fast" if motion / share > 0.6 else ""
    return clip_fact(f"{part} of the picture moves{pace}", clip, "object_share", "object_motion")


def where(clip: Numbers, window: Numbers) -> Statement | None:
    """In which part of the picture things change; only under a camera that stands still, as else all does."""
    if clip.get("camera_speed", 1.0) >= MOVES or window.get("window_changed_share", 0.0) < 0.002:
        return None
    column = _third(window, ("left", "middle", "right"))
    row = _third(window, ("top", "centre", "bottom"))
    if (row, column) not in NINTHS:
        return None
    scores = [f"window_change_{word}" for word in (column, row) if word]
    return window_fact(NINTHS[row, column], window, "window_changed_share", *scores)


def _third(window: Numbers, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if window.get(f"window_change_{name}", 0.0) >= LOPSIDED), None)


def stillness(clip: Numbers) -> Statement | None:
    """That stills are shown, or that the picture is frozen for much of the time."""
    if clip.get("slideshow", 0.0) >= SURE:
        return clip_fact("stills are shown one after the other", clip, "slideshow")
    if clip.get("freeze_share", 0.0) >= SURE:
        return clip_fact("the picture stands still for much of the time", clip, "freeze_share")
    return None


def shots(clip: Numbers) -> Statement | None:
    """One shot, or when another begins."""
    if "cut_strength" not in clip or "dissolve_strength" not in clip:
        return None
    if clip["cut_strength"] >= SURE and "cut_s" in clip:
        return clip_fact(f"a cut at {clip['cut_s']:.1f} s", clip, "cut_strength", "cut_s")
    if clip["dissolve_strength"] >= SURE and "dissolve_s" in clip:
        return clip_fact(f"a dissolve at {clip['dissolve_s']:.1f} s", clip, "dissolve_strength", "dissolve_s")
    return clip_fact("one continuous shot", clip, "cut_strength", "dissolve_strength")


def overlay(clip: Numbers) -> Statement | None:
    """That text lies over the picture, and where most of it is."""
    if clip.get("overlay_certainty", 0.0) < SURE:
        return None
    thirds = {"upper": "overlay_top_share", "middle": "overlay_centre_share", "lower": "overlay_bottom_share"}
    place, score = max(thirds.items(), key=lambda one: clip.get(one[1], 0.0))
    if clip.get(score, 0.0) < LOPSIDED:
        return clip_fact("text lies over the picture", clip, "overlay_certainty")
    return clip_fact(f"text lies over the {place} third of the picture", clip, "overlay_certainty", score)


def scene_text(clip: Numbers) -> Statement | None:
    """That there is text in the scene itself."""
    if clip.get("scene_text_share", 0.0) < 0.01:
        return None
    return clip_fact("text is part of the scene", clip, "scene_text_share")


def reading(line: TextLine) -> Statement:
    """What a line of text says, in quotation marks of which there are none inside."""
    says = f"“{line.text.translate(INNER_QUOTES)}”"
    return Statement(says, (Fact(says, "window_text_certainty", line.certainty, "window"),))


def inset(clip: Numbers) -> Statement | None:
    """That a smaller video plays within the picture, or that two share it."""
    if clip.get("split_screen", 0.0) >= SURE:
        return clip_fact("two videos share the picture", clip, "split_screen")
    if clip.get("video_in_video", 0.0) >= SURE:
        return clip_fact("a smaller video plays within the picture", clip, "video_in_video")
    return None
