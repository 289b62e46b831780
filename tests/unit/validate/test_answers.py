"""Answers are read strictly, and turned into how surely a clip passes."""

import json
from typing import Any

import pytest

from tasks.core.settings_validate import ValidateSettings, load_criteria, shipped_criteria
from tasks.validate.answers import Malformed, read_answers, scores
from tasks.validate.prompt import answer_schema, answer_tokens, prompt, prompt_sha256

CRITERIA = [
    {"name": "filmed", "question": "Was it filmed by a camera?", "reject_if": "no", "weight": 3},
    {"name": "subtitles", "question": "Are there subtitles?", "reject_if": "yes"},
]
KINDS = {"block": ["screen"]}


def settings(**change: Any) -> ValidateSettings:
    model = {"model": "smolvlm2-256m"}
    return ValidateSettings.model_validate({"model": model, "criteria": CRITERIA} | change)


def entry(answer: Any, confidence: Any = 0.9, reason: Any = "seen") -> dict[str, Any]:
    return {"answer": answer, "confidence": confidence, "reason": reason}


GOOD = {"filmed": entry("yes"), "subtitles": entry("no", 0.7)}


def test_scores_say_how_surely_a_clip_passes() -> None:
    found = scores(read_answers(json.dumps(GOOD), settings()), settings())
    assert found == {
        "validate_filmed": pytest.approx(0.9),
        "validate_subtitles": pytest.approx(0.7),
        "validate_score": pytest.approx((3 * 0.9 + 0.7) / 4),
    }
    bad = {"filmed": entry("no", 0.8), "subtitles": entry("yes", 1)}
    assert scores(read_answers(json.dumps(bad), settings()), settings()) == {
        "validate_filmed": pytest.approx(0.2),
        "validate_subtitles": 0,
        "validate_score": pytest.approx(3 * 0.2 / 4),
    }


@pytest.mark.parametrize(("kind", "value"), [("outdoor", 0.9), ("slides", pytest.approx(0.1))])
def test_a_kind_of_content_is_confirmed(kind: str, value: float) -> None:
    asked = settings(content_type=KINDS)
    text = json.dumps(GOOD | {"content_type": entry(kind)})
    assert scores(read_answers(text, asked), asked)["validate_content_type"] == value
    assert set(scores(read_answers(text, asked), asked)) == set(asked.scores)


def test_an_answer_may_stand_in_a_fence_and_shout() -> None:
    text = "```json\n" + json.dumps(GOOD | {"filmed": entry("YES")}) + "\n```"
    assert read_answers(text, settings())["filmed"].answer == "yes"


@pytest.mark.parametrize(
    "said",
    [
        "yes",
        "",
        "Da, это видео снято камерой.",
        "<html></html>",
        json.dumps([GOOD]),
        json.dumps({"filmed": entry("yes")}),
        json.dumps(GOOD | {"another": entry("yes")}),
        json.dumps(GOOD | {"filmed": "yes"}),
        json.dumps(GOOD | {"filmed": entry("sí")}),
        json.dumps(GOOD | {"filmed": entry(True)}),
        json.dumps(GOOD | {"filmed": entry("yes", 90)}),
        json.dumps(GOOD | {"filmed": entry("yes", "high")}),
        json.dumps(GOOD | {"filmed": entry("yes", True)}),
        json.dumps(GOOD | {"filmed": entry("yes", float("nan"))}),
        json.dumps(GOOD | {"filmed": entry("yes", 0.5, None)}),
        json.dumps(GOOD)[:-3],
    ],
)
def test_what_is_not_in_the_form_says_nothing(said: str) -> None:
    with pytest.raises(Malformed):
        read_answers(said, settings())


def test_a_long_reason_is_cut() -> None:
    assert (
        len(read_answers(json.dumps(GOOD | {"filmed": entry("yes", 1, "x " * 5000)}), settings())["filmed"].reason)
        == 400
    )


def test_the_question_names_every_criterion_and_what_may_be_answered() -> None:
    asked = settings(content_type=KINDS)
    for part in (
        "Was it filmed by a camera?",
        "subtitles: Are there subtitles?",
        "screen_recording (",
        "at most 15 words",
    ):
        assert part in prompt(asked)
    assert set(answer_schema(asked)["required"]) == {"filmed", "subtitles", "content_type"}
    assert prompt_sha256(asked) != prompt_sha256(settings())
    assert answer_tokens(settings()) < answer_tokens(asked) <= asked.model.answer_tokens


def test_shipped_criteria_are_sound() -> None:
    assert shipped_criteria() == ["default", "physical-ai"]
    for name in shipped_criteria():
        assert ValidateSettings.model_validate({"model": {"model": "smolvlm2-256m"}, "criteria": name}).criteria == (
            load_criteria(name)
        )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"criteria": [CRITERIA[0], CRITERIA[0]]}, "twice: filmed"),
        ({"criteria": [CRITERIA[0] | {"name": "score"}]}, "cannot be called score"),
        ({"criteria": "nonsense"}, "there are default, physical-ai"),
        ({"content_type": {}}, "allow or block"),
        ({"content_type": {"allow": ["cats"]}}, "no such type or group: cats"),
        ({"model": {"model": "gpt"}}, "not in the model store"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        settings(**change)


def test_a_bare_no_in_yaml_is_a_word() -> None:
    assert settings(criteria=[CRITERIA[0] | {"reject_if": False}]).criteria[0].reject_if == "no"


def test_where_it_is_asked_does_not_change_what_is_asked() -> None:
    def served(**change: Any) -> dict[str, Any]:
        return settings(model={"backend": "openai", "model": "m", "url": "http://one/v1"} | change).fingerprint()

    assert served() == served(url="http://two/v1", in_flight=3, tries=2)
    assert served() != served(model="other")
    assert served() != settings().fingerprint()
