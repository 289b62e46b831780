"""Questions to a model in this process: batches are filled from what waits, and prepared while others are answered."""

import atexit
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path

from tasks.core.model_names import REVISIONS
from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Answer, Question, Reply, Unanswered
from tasks.models.background import Background
from tasks.models.language_network import LanguageNetwork, Said
from tasks.models.replies import Replies

_AHEAD = 2
"""Batches that are prepared or being answered at a time."""
_LOOK_S = 0.2
"""Between looks whether the process ends."""


class Generated:
    """Two threads: one decodes pictures and counts out words, the other keeps the device busy."""

    def __init__(self, settings: VisionLanguageSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._model = f"{settings.model}@{REVISIONS[settings.model][:12]}"
        self._waiting: dict[uuid.UUID, Question] = {}
        # So many that a full batch waits while others are prepared and answered.
        self._replies = Replies((_AHEAD + 1) * settings.batch)
        self._free = threading.Semaphore(_AHEAD)
        self._leaving = threading.Event()
        self._network: LanguageNetwork | None = None
        self._preparer = Background("prepare", self._replies.end)
        self._generator = Background("generate", self._replies.end)
        # Called before the threads' own: what is in the middle of an answer stops at its next word.
        atexit.register(self._leaving.set)

    def offer(self, question: Question) -> None:
        """Takes a question in; waits while there are enough for the next batches."""
        self._replies.open(question.question_id)
        self._waiting[question.question_id] = question
        self._preparer.start(self._prepare())

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        """The reply, once it has come, and once only."""
        return self._replies.take(question_id)

    def finish(self) -> None:
        """Returns when every question that was taken in has a reply."""
        self._replies.wait_for_all()

    async def _prepare(self) -> None:
        """Makes a batch of what waits once a place is free: a full one where the device does not keep up."""
        while self._waiting and not self._free.acquire(timeout=_LOOK_S):
            if self._leaving.is_set():
                return
        if not self._waiting:
            return
        batch = self._next_batch()
        if self._network is None:
            self._network = LanguageNetwork(self._folder)
        self._generator.start(self._answer(self._network, batch, self._network.prepared(batch)))

    def _next_batch(self) -> list[Question]:
        """The first that waits, and others with as many pictures: longer videos would fill the shorter ones up."""
        waiting = list(self._waiting.values())
        alike = [one for one in waiting if len(one.pictures) == len(waiting[0].pictures)]
        return [self._waiting.pop(one.question_id) for one in alike[: self._settings.batch]]

    async def _answer(self, network: LanguageNetwork, batch: Sequence[Question], inputs: object) -> None:
        for reply in self._replies_of(network, batch, inputs):
            self._replies.put(reply)
        self._free.release()

    def _replies_of(self, network: LanguageNetwork, batch: Sequence[Question], inputs: object) -> list[Reply]:
        """One reply to each, in halves where the device has not the memory for all."""
        too_long = network.too_long(inputs, batch)
        if any(too_long):
            rest = [question for question, long in zip(batch, too_long, strict=True) if not long]
            refused: list[Reply] = [
                Unanswered(question.question_id, "too_long", "pictures and words are more than the model takes")
                for question, long in zip(batch, too_long, strict=True)
                if long
            ]
            return refused + (self._replies_of(network, rest, network.prepared(rest)) if rest else [])
        said = network.answers(inputs, batch, self._settings.temperature, self._leaving)
        if said is not None:
            return [self._reply(question, one) for question, one in zip(batch, said, strict=True)]
        if len(batch) == 1:
            return [Unanswered(batch[0].question_id, "out_of_memory", "the device has not the memory for it")]
        halves = batch[: len(batch) // 2], batch[len(batch) // 2 :]
        return [reply for half in halves for reply in self._replies_of(network, half, network.prepared(half))]

    def _reply(self, question: Question, said: Said) -> Reply:
        if said.is_cut_off:
            return Unanswered(question.question_id, "cut_off", f"no end after {question.answer_tokens} tokens")
        return Answer(question.question_id, said.text, self._model, said.prompt_tokens, said.answer_tokens)
