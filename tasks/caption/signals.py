"""Captions without a model: sentences made of what was measured, and of nothing else.

As long as the facts go and never padded; each statement is kept with the score that bears it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks.caption import facts as fact
from tasks.caption.facts import Statement
from tasks.caption.text import TextLine
from tasks.caption.window import Fact, Texts, Window, WindowCaption
from tasks.core.settings_caption import SIGNALS

Numbers = Mapping[str, float]


def signals_caption(
    window: Window, clip: Numbers, seen: Numbers, duration_s: float, lines: Sequence[TextLine] = (), *, structured: bool
) -> WindowCaption:
    """The caption of a window, of the clip's scores and of what was measured and read in the window's own pictures."""
    said = _Said(window, clip, seen, duration_s, lines)
    texts = Texts(said.short(), said.medium(), said.long())
    made = WindowCaption(window, SIGNALS, texts, facts=tuple(dict.fromkeys(said.used)))
    if structured:
        made.structured = said.structured()
    return made


class _Said:
    """The sentences about one window; remembers what they stand on."""

    def __init__(
        self, window: Window, clip: Numbers, seen: Numbers, duration_s: float, lines: Sequence[TextLine]
    ) -> None:
        self.used: list[Fact] = []
        self._lines = lines
        self._window, self._clip, self._seen, self._duration_s = window, clip, seen, duration_s

    def _say(self, statement: Statement | None) -> str:
        """The statement's words, empty where there is none."""
        if statement is None:
            return ""
        self.used += statement.facts
        return statement.says

    def short(self) -> str:
        """One sentence."""
        stands = self._say(fact.camera(self._clip))
        light = self._say(fact.light(self._seen))
        parts = [self._shot(), "" if light == fact.MEDIUM else light, self._mostly()]
        head = ", ".join(part for part in parts if part)
        return _sentence(f"{head}; {self._over_all('the camera')} {stands}" if stands else head)

    def medium(self) -> str:
        """The short one, and what moves where."""
        parts = [self.short(), self._action(), self._where(), self._say(fact.stillness(self._clip))]
        return _joined(parts)

    def long(self) -> str:
        """All that is known."""
        parts = [
            self._frame(), self._light(), self._palette(), self._where(), self._camera(), self._action(),
            self._say(fact.stillness(self._clip)), self._shots(), self._say(fact.inset(self._clip)),
            self._say(fact.overlay(self._clip)), self._say(fact.scene_text(self._clip)),
            self._reading(),
        ]  # fmt: skip
        return _joined(parts)

    def structured(self) -> dict[str, Any]:
        """The same by the names of `caption_json`; no subject and no setting, as nothing was recognised."""
        action = _joined([self._action(), self._where()])
        times = f"{self._window.start_s:.1f}-{self._window.end_s:.1f}"
        return {
            "subjects": [],
            "background_setting": "",
            "cinematography": {
                "framing": self._shot(),
                "camera_angle": "",
                "camera_motion": _sentence(self._camera()),
                "lighting": self._light(),
                "style": self._say(fact.kind(self._clip)),
            },
            "actions": [{"time": times, "description": action}] if action else [],
            "temporal_caption": self.long(),
        }

    def _shot(self) -> str:
        """`A filmed landscape shot`, as far as it is known."""
        words = [self._say(fact.kind(self._clip)), self._say(fact.shape(self._clip)), "shot"]
        said = " ".join(word for word in words if word)
        return f"{'An' if said[0] in 'aeiou' else 'A'} {said}"

    def _frame(self) -> str:
        size = self._say(fact.size(self._clip))
        window, length = self._window, f"{self._window.length_s:.1f} seconds"
        if not self._is_whole:
            length = f"seconds {window.start_s:.1f} to {window.end_s:.1f} of {self._duration_s:.1f}"
        return f"{self._shot()}{f' of {size}' if size else ''}, {length}"

    def _mostly(self) -> str:
        grey = self._say(fact.colourless(self._seen))
        return grey or _listed("mostly ", [self._say(one) for one in fact.colours(self._seen)[:2]])

    def _palette(self) -> str:
        if grey := self._say(fact.colourless(self._seen)):
            return f"the picture is {grey}"
        named = fact.colours(self._seen)
        if not named:
            return ""
        first, *others = [(self._say(one), _part(one.facts[0].value)) for one in named]
        rest = _listed(", ", [f"{colour} {part}" for colour, part in others])
        return f"{first[0]} takes up {first[1]} of the picture{rest}"

    def _light(self) -> str:
        light, contrast = self._say(fact.light(self._seen)), self._say(fact.contrast(self._seen))
        if not light:
            return ""
        change = self._say(fact.brightening(self._seen))
        changes = f", and it gets {change} towards the end" if change else ""
        return f"the picture is {light}{f', with {contrast}' if contrast else ''}{changes}"

    def _camera(self) -> str:
        moves = [self._say(fact.camera(self._clip)), self._say(fact.shake(self._clip))]
        turn = self._say(fact.turn(self._clip))
        said = [one for one in (*moves, f"turns {turn}" if turn else "") if one]
        size = self._say(fact.zoom(self._clip))
        becomes = f", and what is seen becomes {size}" if size else ""
        return f"{self._over_all('the camera')} {_listed('', said)}{becomes}" if said else ""

    def _over_all(self, what: str) -> str:
        """What is known of the clip as a whole is not said of a part of it as if it were that part's own."""
        return what if self._is_whole else f"over the whole clip {what}"

    @property
    def _is_whole(self) -> bool:
        return self._window.length_s > self._duration_s - 0.05

    def _action(self) -> str:
        said = self._say(fact.action(self._clip))
        if not said or self._say(fact.camera(self._clip)) == fact.STILL:
            return said
        return f"apart from the camera, {said}"

    def _where(self) -> str:
        place = self._say(fact.where(self._clip, self._seen))
        return f"most of what changes lies {place}" if place else ""

    def _reading(self) -> str:
        said = _listed("", [self._say(fact.reading(line)) for line in self._lines])
        return f"{said} can be read in the picture" if said else ""

    def _shots(self) -> str:
        said = self._say(fact.shots(self._clip))
        return "" if not said else f"the clip is {said}" if said.startswith("one") else f"the clip has {said}"


def _part(share: float) -> str:
    """A share in words."""
    words = (
        (0.17, "about a seventh"), (0.22, "about a fifth"), (0.29, "about a quarter"), (0.37, "about a third"),
        (0.45, "about two fifths"), (0.56, "about half"), (0.71, "about two thirds"), (0.86, "most"),
    )  # fmt: skip
    return next((word for most, word in words if share < most), "nearly all")


def _listed(before: str, words: list[str]) -> str:
    """`a, b and c`, after these words; empty for none."""
    if not words:
        return ""
    *others, last = words
    return before + (f"{', '.join(others)} and {last}" if others else last)


def _sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""


def _joined(parts: Iterable[str]) -> str:
    return " ".join(_sentence(part) for part in parts if part)
