"""What vision-language models are told, as files beside this one; known by the hash of all that is sent."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from tasks.core.model import content_hash

FOLDER = Path(__file__).parent
PromptName = Literal["default", "driving", "robotics", "surveillance", "first-person"]
PROMPTS: tuple[str, ...] = get_args(PromptName)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked of one window of a clip."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of its text, without its name."""
        return content_hash(self.text)


@cache
def caption_prompt(name: str, own_text: str | None = None, *, structured: bool = False) -> Prompt:
    """The prompt of this name, or the own text in its place, with the rules that hold for all captions.

    The first line of a file says its version and is not sent.
    """
    focus = _text_of(name) if own_text is None else own_text.strip()
    parts = [focus, _text_of("rules"), _text_of("answer-structured" if structured else "answer")]
    return Prompt(name if own_text is None else "own", "\n\n".join(parts))


def _text_of(name: str) -> str:
    """A file's text without the line that says its version."""
    first, text = (FOLDER / f"{name}.md").read_text().split("\n", 1)
    if not first.startswith("<!-- version "):
        raise ValueError(f"{name}.md does not begin with its version")
    return text.strip()
