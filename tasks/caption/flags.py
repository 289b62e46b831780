"""What may be wrong with a caption, told from its words alone: a flag per window, and scores that policies judge."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tasks.caption.window import Texts, WindowCaption
from tasks.core.model import Score

WORDS = {"short": (6, 32), "medium": (20, 100), "long": (60, 320)}
"""Fewest and most words that a model was asked for, with room; without a model only the most count."""
REPEATED, ALIKE = 0.2, 0.8
"""From where on a window is flagged: share of words that repeat, and of threes of words that another window has."""
ENGLISH = 0.12
"""Least share of a text's words that are the commonest of English: in English about a third, in its neighbours few."""
LATIN = 0.8

_COMMON = re.compile(
    "an?|and|are|as|at|by|for|from|has|in|is|its?|of|on|or|over|that|the|their|then|there|they|this|to|two|while|which"
    "|with"
)
_BOILERPLATE = re.compile(
    r"\b(the|this) (video|clip|footage|images?|frames?|sequence)"
    r" (shows?|depicts?|features?|captures?|displays?|begins|starts|opens|presents)\b"
    r"|\bin (the|this) (video|clip|footage|image|frame)\b|\boverall,|\bas we (can )?see\b|\bthe (viewer|camera) sees\b"
    r"|\bit (seems|appears) (that|to be)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\b(i'?m|i am) (sorry|unable|not able|afraid)\b|\bi (cannot|can'?t|won'?t|can not)\b"
    r"|\bas an? (ai|language model)\b|\b(cannot|can'?t|unable to) (assist|help|comply|describe|provide)\b"
    r"|\bno (video|image|frame)s? (was|were|is|are)\b",
    re.IGNORECASE,
)
_OVERLAY = re.compile(
    r"\b(watermarks?|logos?|subtitles?|captions?|time ?stamps?|on-?screen text|overlay(s|ed)?"
    r"|text (lies|is|appears|reads))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”")
"""What captions without a model read in the picture, which says nothing about their own words."""
FLAGS = ("length_outlier", "repetition", "boilerplate", "near_duplicate", "foreign", "refusal", "overlay_mention")


def flag_windows(windows: Sequence[WindowCaption], *, told_by_numbers: bool = False) -> None:
    """Flags every window of a clip that has a caption; `told_by_numbers` for captions without a model."""
    all_own = _in_own_words(windows, told_by_numbers=told_by_numbers)
    for one, mine in zip(windows, all_own, strict=True):
        if one.texts is not None and (own := mine.texts) is not None:
            alike = _likeness(mine, all_own)
            found = {
                "length_outlier": bool(_outliers(own, told_by_numbers=told_by_numbers)),
                "repetition": repetition(own.long) > REPEATED,
                "boilerplate": any(map(_BOILERPLATE.search, own.all)),
                "near_duplicate": alike >= ALIKE,
                "foreign": is_foreign(own),
                "refusal": is_refusal(own.long) or is_refusal(own.short),
                "overlay_mention": own != one.texts or any(map(_OVERLAY.search, one.texts.all)),
            }
            one.flags = tuple(name for name in FLAGS if found[name])


def scores_of(windows: Sequence[WindowCaption], *, told_by_numbers: bool = False) -> Score:
    """The scores of a clip's captions; where no window has one, only that."""
    said = [one for one in _in_own_words(windows, told_by_numbers=told_by_numbers) if one.texts is not None]
    score = Score("captions", {"caption_unmeasured_share": (len(windows) - len(said)) / len(windows)})
    if not said:
        return replace(score, unmeasured="no_caption")
    texts = [one.texts for one in said if one.texts is not None]
    outliers = sum(_outliers(one, told_by_numbers=told_by_numbers) for one in texts)
    flagged = Counter(flag for one in said for flag in one.flags)
    numbers = {
        "caption_length_outlier": outliers / (3 * len(texts)),
        "caption_repetition": max(repetition(one.long) for one in texts),
        "caption_near_duplicate": max(_likeness(one, said) for one in said),
    }
    shares = ("boilerplate", "foreign", "refusal", "overlay_mention")
    numbers |= {f"caption_{name}": flagged[name] / len(said) for name in shares}
    return Score("captions", score.numbers | {name: float(f"{value:.6g}") for name, value in numbers.items()})


def words_of(text: str) -> list[str]:
    """Its words, in lower case."""
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())


def is_refusal(text: str) -> bool:
    """Whether the model declines instead of describing."""
    return _REFUSAL.search(text) is not None


def repetition(text: str) -> float:
    """Share of threes of neighbouring words that came before: 0 for good prose, near 1 for a model that loops."""
    threes = list(zip(*(words_of(text)[place:] for place in range(3)), strict=False))
    return 1 - len(set(threes)) / len(threes) if threes else 0.0


def is_foreign(texts: Texts) -> bool:
    """Whether it is not English: other letters, or hardly any of the words that hold English together."""
    letters = [letter for letter in texts.long if letter.isalpha()]
    latin = sum(letter < "\u0250" for letter in letters)
    if letters and latin / len(letters) < LATIN:
        return True
    words = words_of(" ".join(texts.all))
    return len(words) >= 12 and sum(_COMMON.fullmatch(word) is not None for word in words) / len(words) < ENGLISH


def _outliers(texts: Texts, *, told_by_numbers: bool) -> int:
    """How many of the three are too short or too long."""
    lengths = [len(words_of(text)) for text in texts.all]
    bounds = [(0 if told_by_numbers else fewest, most) for fewest, most in WORDS.values()]
    return sum(not fewest <= length <= most for length, (fewest, most) in zip(lengths, bounds, strict=True))


def _in_own_words(windows: Sequence[WindowCaption], *, told_by_numbers: bool) -> Sequence[WindowCaption]:
    """The windows without what captions without a model quote."""
    if not told_by_numbers:
        return windows
    return [replace(one, texts=one.texts and _without_quotes(one.texts)) for one in windows]


def _without_quotes(texts: Texts) -> Texts:
    return Texts(*(_QUOTED.sub("", text) for text in texts.all))


def _likeness(one: WindowCaption, windows: Sequence[WindowCaption]) -> float:
    """The largest share of threes of words that its long text has in common with another window's (Jaccard)."""
    own = _threes(one)
    others = (_threes(other) for other in windows if other is not one and other.texts is not None)
    return max((len(own & other) / len(own | other) for other in others if own | other), default=0.0)


def _threes(one: WindowCaption) -> frozenset[tuple[str, ...]]:
    words = words_of(one.texts.long) if one.texts is not None else []
    return frozenset(zip(*(words[place:] for place in range(3)), strict=False))
