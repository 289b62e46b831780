"""Asking a model about windows: one question each, one more where the answer was no caption, then unmeasured."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tasks.caption.answer import read_answer, schema
from tasks.caption.flags import flag_windows
from tasks.caption.look import Described
from tasks.caption.window import Unmeasured, WindowCaption
from tasks.core.model import content_id
from tasks.core.prompts import caption_prompt
from tasks.core.settings import canonical_json
from tasks.core.settings_caption import CaptionSettings
from tasks.models.ask import Answer, Backend, Question, Reply

MOST_METADATA = 2000
"""Characters of what the source says that a model is told."""
AGAIN = "Your last answer was not one JSON object with exactly the keys that were asked for. Answer with that alone."

AVOID = {
    "length_outlier": "keep to the number of words that each length is to have",
    "repetition": "say nothing twice",
    "boilerplate": 'name things at once, without "the video shows", "in this clip" or "it appears"',
    "near_duplicate": "say what these pictures show that those before and after them would not",
    "foreign": "write English",
    "refusal": "describe what can be seen, as far as it can",
    "overlay_mention": "leave out all text, logos and marks that lie over the picture",
}
"""What a model is told of a flag that its description had."""


@dataclass(slots=True)
class _Open:
    """A question that was asked and whose reply has not been taken in."""

    window: WindowCaption
    question: Question
    is_second: bool


@dataclass(slots=True)
class Dialogue:
    """The questions about one clip. Every reply goes by the id of its question, so none lands on another window."""

    backend: Backend
    settings: CaptionSettings
    described: Described
    _open: dict[uuid.UUID, _Open] = field(default_factory=dict)

    def begin(
        self,
        subject: uuid.UUID,
        metadata: Mapping[str, Any] | None,
        faults: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        """Asks about every window that has pictures; of one that was described before, what was wrong goes with it."""
        words = self._text(metadata)
        form = schema(structured=self.settings.structured)
        for one in self.described.windows:
            shown = self.described.pictures.get(one.window.ordinal)
            if shown:
                text = _with_faults(words, (faults or {}).get(one.window.ordinal, ()))
                asked = content_id("caption question", subject, one.window.ordinal, self.settings.prompt_hash)
                question = Question(asked, shown, text, form, self._answer_tokens)
                self._offer(_Open(one, question, is_second=False))

    @property
    def _answer_tokens(self) -> int:
        return self.settings.model.answer_tokens if self.settings.model else 0

    def _text(self, metadata: Mapping[str, Any] | None) -> str:
        asked = self.settings
        text = caption_prompt(asked.prompt, asked.prompt_text, structured=asked.structured).text
        if not metadata or not asked.metadata:
            return text
        return f"{text}\n\nThe source says of the whole video: {canonical_json(dict(metadata))[:MOST_METADATA]}"

    def _offer(self, asked: _Open) -> None:
        self._open[asked.question.question_id] = asked
        self.backend.offer(asked.question)

    def is_over(self) -> bool:
        """Takes in the replies that have come; whether none is missing."""
        for question_id, asked in list(self._open.items()):
            reply = self.backend.reply_to(question_id)
            if reply is not None:
                del self._open[question_id]
                self._take(asked, reply)
        if not self._open:
            flag_windows(self.described.windows)
        return not self._open

    def finish(self) -> None:
        """Returns when every window has a caption or a reason why not."""
        while not self.is_over():
            self.backend.finish()

    def _take(self, asked: _Open, reply: Reply) -> None:
        one, ordinal = asked.window, asked.window.window.ordinal
        found: Any
        if isinstance(reply, Answer):
            one.model = reply.model
            one.prompt_tokens += reply.prompt_tokens
            one.answer_tokens += reply.answer_tokens
            found = read_answer(reply.text, structured=self.settings.structured)
        else:
            found = Unmeasured(reply.kind, reply.message)
        if not isinstance(found, Unmeasured):
            one.texts, one.structured = found
        elif isinstance(reply, Answer) and not asked.is_second:
            self._offer(_Open(one, self._again(asked.question), is_second=True))
            return
        else:
            one.unmeasured = found
        self.described.pictures.pop(ordinal, None)

    def _again(self, question: Question) -> Question:
        again = content_id("caption question again", question.question_id)
        return replace(question, question_id=again, text=f"{question.text}\n\n{AGAIN}")


def _with_faults(text: str, flags: Sequence[str]) -> str:
    """The question, with what the answer is to avoid this time: the same words alone would bring the same answer."""
    told = "; ".join(AVOID[flag] for flag in flags)
    return f"{text}\n\nAn earlier description was put aside. This time, {told}." if told else text


def ask_of(backend: Backend, settings: CaptionSettings, clips: Sequence[tuple[uuid.UUID, Described]]) -> None:
    """Fills in the captions of several clips, many questions at once; for whoever can wait."""
    dialogues = [Dialogue(backend, settings, described) for _, described in clips]
    for dialogue, (subject, _) in zip(dialogues, clips, strict=True):
        dialogue.begin(subject, None)
    for dialogue in dialogues:
        dialogue.finish()
