"""Which cell of the dataset a clip belongs to: one bin of every axis, as the recipe has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.core.settings_shard import Axis, Bin, RatioBin, ShardSettings
from tasks.core.taxonomy import GROUPS

UNKNOWN = "unknown"
_ZERO_SHOT = "zero_shot_"
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """What decides where a clip belongs."""

    width_px: int
    height_px: int
    duration_s: float
    scores: Mapping[str, float]
    """Those that tell what it shows."""


@dataclass(frozen=True, slots=True)
class Place:
    """The cell of a clip, or why it has none."""

    cell: str | None
    """As it stands in keys; trainers read `aspect_ratio_W_H` out of it."""
    no_bin: str | None


def place_of(look: Look, settings: ShardSettings) -> Place:
    """Where a clip belongs."""
    found = {axis: _bin(axis, look, settings) for axis in settings.axes}
    missing = [f"{axis} {_value(axis, look)}" for axis, name in found.items() if name is None]
    if missing:
        return Place(None, ", ".join(missing))
    return Place("/".join(f"{axis}_{name}" for axis, name in found.items()), None)


def content_type(scores: Mapping[str, float]) -> str:
    """The group that a network finds likeliest, else what the picture's make suggests; `unknown` where unmeasured."""
    groups = {group: scores[_ZERO_SHOT + group] for group in GROUPS if _ZERO_SHOT + group in scores}
    if groups:
        return max(groups, key=lambda group: groups[group])
    likelihood = scores.get("camera_likelihood")
    if likelihood is None:
        return UNKNOWN
    return "camera" if likelihood >= _SURE else "drawn"


def _bin(axis: Axis, look: Look, settings: ShardSettings) -> str | None:
    match axis:
        case "content_type":
            return content_type(look.scores)
        case "resolution":
            return _of(settings.resolutions, min(look.width_px, look.height_px))
        case "aspect_ratio":
            return _of_ratios(settings.aspect_ratios, look.width_px / look.height_px)
        case "length":
            return _of(settings.lengths, look.duration_s)


def _of(bins: Sequence[Bin], value: float) -> str | None:
    return next((one.name for one in bins if one.at_least <= value and (one.below is None or value < one.below)), None)


def _of_ratios(bins: Sequence[RatioBin], ratio: float) -> str | None:
    return next((one.name for one in bins if one.up_to is None or ratio <= one.up_to), None)


def _value(axis: Axis, look: Look) -> str:
    """What no bin has, as people read it."""
    if axis == "resolution":
        return f"{min(look.width_px, look.height_px)} px"
    return f"{look.duration_s:.2f} s" if axis == "length" else f"{look.width_px}:{look.height_px}"
