"""Numbers and states as people read them."""

from tasks.report.funnel import Line, Rest

NOTHING = "\u2013"
"""An en dash, where there is no value."""

MINUS = "\u2212"

_STATES = {
    "duplicate_file": "same bytes as another file",
    "failed": "failed",
    "pending": "still to do",
    "set_aside": "between clips",
    "dropped": "dropped",
    "held": "held",
    "duplicate": "copy of a better clip",
    "unmeasured": "unmeasured",
    "excluded": "left out",
}
_SPANS = {"transition": "transition", "too_short": "too short", "remainder": "remainder"}


def length(seconds: float) -> str:
    """A length of time: `12.4 s`, `3 min 20 s` or `1,204.50 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest:02d} s"
    return f"{seconds / 3600:,.2f} h"


def count(number_of: int, unit: str) -> str:
    """A number of things: `1 clip`, `1,204 clips`, `1 try`; the unit is given in the plural."""
    if number_of != 1:
        return f"{number_of:,} {unit}"
    return f"1 {unit.removesuffix('ies')}y" if unit.endswith("ies") else f"1 {unit.removesuffix('s')}"


def unit(name: str) -> str:
    """A score's unit; nothing for a plain number, which has `1`."""
    return "" if name == "1" else name


def number(value: float | None) -> str:
    """A score to four digits, a dash where there is none."""
    return NOTHING if value is None else f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def brief(value: float) -> str:
    """A number to three digits, for the ends of an axis; what is next to nothing is 0."""
    if abs(value) < 1e-3:
        return "0" if abs(value) < 5e-5 else f"{value:.4f}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def bounds(low: float | None, high: float | None) -> str:
    """The values a rule lets through: `≥ 0.2`, `≤ 3` or `0.2 to 3`."""
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    return f"≥ {number(low)}" if low is not None else f"≤ {number(high)}"


def percent(share: float) -> str:
    """A share in percent: `12 %`, `0.4 %`; `< 0.1 %` for next to nothing."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.1 and round(100 * share, 1) % 1 else f"{100 * share:.0f} %"


def rest_label(rest: Rest) -> str:
    """What became of files, spans or clips that a stage did not let through."""
    if rest.state == "set_aside":
        return _SPANS.get(rest.reason or "", rest.reason or "")
    label = _STATES.get(rest.state, rest.state)
    if rest.state == "duplicate":  # there is one reason only
        return label
    return f"{label}: {rest.reason}" if rest.reason else label


def line_label(line: Line) -> str:
    """The stage, and the unit where it is not clips."""
    return line.stage if line.unit == "clips" else f"{line.stage} ({line.unit})"


def printable(text: str) -> str:
    """The text with invisible characters written out, so that a file's name can play no tricks on its reader."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
