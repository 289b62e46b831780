"""A clip is asked about again where the answer cannot be read, and each answer is its own."""

import json
import uuid

from tasks.core.settings_validate import ValidateSettings
from tasks.models.ask import Answer, Picture, Question, Reply, Unanswered
from tasks.validate.asking import Asker, Asking

SETTINGS = ValidateSettings.model_validate(
    {
        "model": {"model": "smolvlm2-256m"},
        "criteria": [{"name": "filmed", "question": "Was it filmed?", "reject_if": "no"}],
        "attempts": 3,
    }
)
GOOD = json.dumps({"filmed": {"answer": "yes", "confidence": 0.9, "reason": "a street"}})


class Scripted:
    """A backend that says what each clip's script has for it, told by the clip's picture."""

    def __init__(self, script: dict[bytes, list[str | Unanswered]]) -> None:
        self.script, self.open, self.here = script, list[Question](), dict[uuid.UUID, Reply]()

    def offer(self, question: Question) -> None:
        self.open.append(question)

    def reply_to(self, question_id: uuid.UUID) -> Reply | None:
        return self.here.pop(question_id, None)

    def finish(self) -> None:
        for question in reversed(self.open):
            said = self.script[question.pictures[0].jpeg].pop(0)
            reply = Answer(question.question_id, said, "m", 10, 5) if isinstance(said, str) else said
            self.here[question.question_id] = reply
        self.open = []


def asked(backend: Scripted) -> dict[bytes, Asking]:
    asker = Asker(backend, SETTINGS)
    found = {clip: Asking((Picture(0.0, clip),)) for clip in backend.script}
    for one in found.values():
        asker.begin(one)
    asker.finish(list(found.values()))
    return found


def test_an_answer_that_cannot_be_read_is_asked_for_again_and_all_attempts_are_paid_for() -> None:
    found = asked(Scripted({b"one": [GOOD], b"two": ["what?", "no idea", GOOD], b"three": ["a", "b", "c"]}))
    assert [(one.attempts, one.prompt_tokens, one.answer_tokens) for one in found.values()] == [
        (1, 10, 5),
        (3, 30, 15),
        (3, 30, 15),
    ]
    assert [one.answers is not None for one in found.values()] == [True, True, False]
    assert found[b"three"].unmeasured == "malformed_answer"
    assert found[b"three"].text.endswith(": c")
    assert all(one.pictures == () and one.picture_count == 1 for one in found.values())


def test_a_question_that_gets_no_answer_measures_nothing() -> None:
    found = asked(Scripted({b"one": [Unanswered(uuid.uuid4(), "cut_off", "no end")], b"two": [GOOD]}))
    assert (found[b"one"].answers, found[b"one"].unmeasured, found[b"one"].text) == (None, "cut_off", "no end")
    assert found[b"two"].answers is not None


def test_who_was_not_understood_is_asked_before_the_next_is_begun() -> None:
    backend = Scripted({b"one": ["what?", GOOD], b"two": [GOOD]})
    asker, one, two = Asker(backend, SETTINGS), Asking((Picture(0.0, b"one"),)), Asking((Picture(0.0, b"two"),))
    asker.begin(one)
    backend.finish()
    assert not asker.is_over(one)
    asker.begin(two)
    assert [question.pictures[0].jpeg for question in backend.open] == [b"one", b"two"]
