"""Questions to a model: each answer on its own window, one more try, and never an empty caption."""

import json
import random
import uuid

import pytest

from tasks.caption.dialogue import AGAIN, Dialogue
from tasks.caption.look import Described
from tasks.caption.window import Window, WindowCaption, windows_of
from tasks.core.errors import TryAgain
from tasks.core.settings_caption import CaptionSettings
from tasks.models.ask import Answer, Picture, Question, Unanswered
from tests.unit.caption.fake_backend import GOOD, FakeBackend, Says

SETTINGS = CaptionSettings.model_validate({"model": {"backend": "openai", "model": "fake"}})


def described(seconds: float = 20.0) -> Described:
    windows = windows_of(seconds)
    pictures = {one.ordinal: (Picture(one.start_s, str(one.ordinal).encode()),) for one in windows}
    return Described([WindowCaption(one, "") for one in windows], pictures)


def asked(backend: FakeBackend, clip: Described, settings: CaptionSettings = SETTINGS) -> Dialogue:
    dialogue = Dialogue(backend, settings, clip)
    dialogue.begin(uuid.uuid4(), {"place": "here"})
    return dialogue


def kinds(clip: Described) -> list[str | None]:
    return [one.unmeasured.kind if one.unmeasured else None for one in clip.windows]


def naming_its_picture(question: Question) -> str:
    return json.dumps({**GOOD, "short": f"Picture {question.pictures[0].jpeg.decode()} of the clip."})


def test_every_answer_lands_on_its_window() -> None:
    backend, clip = FakeBackend(naming_its_picture), described(60)
    dialogue = asked(backend, clip)
    assert not dialogue.is_over()
    dialogue.finish()
    assert dialogue.is_over()
    said = [one.texts.short for one in clip.windows if one.texts]
    assert said == [f"Picture {number} of the clip." for number in range(12)]
    assert {(one.model, one.prompt_tokens, one.answer_tokens) for one in clip.windows} == {("fake-1", 100, 20)}
    assert clip.pictures == {}


def test_answers_in_any_order_over_many_windows_never_meet_another() -> None:
    backend = FakeBackend(naming_its_picture)
    clips = [Described([WindowCaption(Window(0, 0, 5), "")], {0: (Picture(0, str(n).encode()),)}) for n in range(3000)]
    dialogues = [asked(backend, clip) for clip in clips]
    random.Random(5).shuffle(backend._waiting)
    order = list(range(len(clips)))
    random.Random(6).shuffle(order)
    backend.finish()
    assert all(dialogues[place].is_over() for place in order)
    said = [clip.windows[0].texts.short for clip in clips if clip.windows[0].texts]
    assert said == [f"Picture {number} of the clip." for number in range(len(clips))]


def test_a_bad_answer_is_asked_again_once() -> None:
    def first_bad(question: Question) -> str:
        return json.dumps(GOOD) if question.text.endswith(AGAIN) else "Sure! Here you are."

    backend, clip = FakeBackend(first_bad), described(5)
    asked(backend, clip).finish()
    assert kinds(clip) == [None]
    assert len(backend.questions) == 2
    assert backend.questions[0].question_id != backend.questions[1].question_id
    assert (clip.windows[0].prompt_tokens, clip.windows[0].answer_tokens) == (200, 40)


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (lambda _: "", "empty"),
        (lambda _: "<html>504</html>", "not_json"),
        (lambda _: json.dumps({**GOOD, "long": "word " * 3000}), "too_long"),
        (lambda _: "I cannot help with that.", "refused"),
    ],
)
def test_a_window_that_is_answered_badly_twice_says_why(says: Says, kind: str) -> None:
    backend, clip = FakeBackend(says), described(10)
    asked(backend, clip).finish()
    assert kinds(clip) == [kind, kind]
    assert all(one.texts is None and one.unmeasured and one.unmeasured.message for one in clip.windows)
    assert len(backend.questions) == 4
    assert clip.pictures == {}


def test_one_bad_window_costs_the_others_nothing() -> None:
    backend = FakeBackend(lambda question: "x" if question.pictures[0].jpeg == b"1" else json.dumps(GOOD))
    clip = described(15)
    asked(backend, clip).finish()
    assert kinds(clip) == [None, "not_json", None]


def test_another_language_is_flagged_and_kept() -> None:
    text = "Ein rotes Auto fährt auf einer schmalen Straße zwischen zwei grünen Feldern und ein Hund läuft nebenher. "
    foreign = {"short": text, "medium": text * 3, "long": text * 9}
    clip = described(5)
    asked(FakeBackend(lambda _: json.dumps(foreign)), clip).finish()
    assert "foreign" in clip.windows[0].flags


def test_a_question_that_gets_no_answer_is_not_asked_again() -> None:
    class Refusing(FakeBackend):
        def _answer(self) -> None:
            for question in self._waiting:
                self._here[question.question_id] = Unanswered(question.question_id, "cut_off", "no end in sight")
            self._waiting.clear()

    backend, clip = Refusing(), described(5)
    asked(backend, clip).finish()
    assert kinds(clip) == ["cut_off"]
    assert len(backend.questions) == 1


def test_a_reply_under_another_id_is_not_taken() -> None:
    backend, clip = FakeBackend(), described(5)
    dialogue = asked(backend, clip)
    stranger = uuid.uuid4()
    backend._here[stranger] = Answer(stranger, json.dumps({**GOOD, "short": "Of another clip."}), "fake-1", 1, 1)
    assert not dialogue.is_over()
    assert clip.windows[0].texts is None


def test_a_server_that_is_gone_is_said() -> None:
    backend, clip = FakeBackend(broken_after=2), described(15)
    with pytest.raises(TryAgain):
        asked(backend, clip)


def test_what_the_source_says_is_told_where_the_recipe_wants_it() -> None:
    backend = FakeBackend()
    asked(backend, described(5))
    told = SETTINGS.model_copy(update={"metadata": True})
    asked(backend, described(5), told)
    assert ['"place":"here"' in question.text for question in backend.questions] == [False, True]
