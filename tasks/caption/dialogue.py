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

    def begin(self, subject: uuid.UUID, metadata: Mapping[str, Any] | None) -> None:
        """Asks about every window that has pictures."""
        text = self._text(metadata)
        form = schema(structured=self.settings.structured)
        for one in self.described.windows:
            shown = self.described.pictures.get(one.window.ordinal)
            if shown:
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


def ask_of(backend: Backend, settings: CaptionSettings, clips: Sequence[tuple[uuid.UUID, Described]]) -> None:
    """Fills in the captions of several clips, many questions at once; for whoever can wait."""
    dialogues = [Dialogue(backend, settings, described) for _, described in clips]
    for dialogue, (subject, _) in zip(dialogues, clips, strict=True):
        dialogue.begin(subject, None)
    for dialogue in dialogues:
        dialogue.finish()
