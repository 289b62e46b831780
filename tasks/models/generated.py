"""Questions to a model in this process."""

import uuid

from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Question, Reply
from tasks.models.replies import Replies


class Generated:
    """Answers in batches."""

    def __init__(self, settings: VisionLanguageSettings) -> None:
        self._replies = Replies(settings.batch)

    def offer(self, question: Question) -> None:
        """Takes a question in."""
        self._replies.open(question.question_id)

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        """The reply, once it has come."""
        return self._replies.take(question_id)

    def finish(self) -> None:
        """Returns when every question has a reply."""
        self._replies.wait_for_all()
