"""What a model answers is read strictly."""

import json
from typing import Any

import pytest

from tasks.caption.answer import read_answer, schema
from tasks.caption.window import Texts, Unmeasured
from tests.unit.caption.fake_backend import GOOD

PARTS: dict[str, Any] = {
    "subjects": [{"name": "car", "description": "a red car"}],
    "background_setting": "A road.",
    "cinematography": {
        "framing": "wide", "camera_angle": "level", "camera_motion": "follows", "lighting": "low", "style": "plain",
    },
    "actions": [{"time": "0.0-5.0", "description": "drives"}],
    "temporal_caption": "A car drives by.",
}  # fmt: skip


def test_a_caption_is_taken() -> None:
    assert read_answer(json.dumps(GOOD), structured=False) == (Texts(**GOOD), None)
    assert read_answer(f"```json\n{json.dumps(GOOD)}\n```", structured=False) == (Texts(**GOOD), None)


def test_white_space_is_evened_out() -> None:
    found = read_answer(json.dumps({**GOOD, "short": "  A\nred   car. "}), structured=False)
    assert not isinstance(found, Unmeasured)
    assert found[0].short == "A red car."


def test_the_parts_are_taken_where_they_were_asked_for() -> None:
    found = read_answer(json.dumps({**GOOD, "caption_json": PARTS}), structured=True)
    assert not isinstance(found, Unmeasured)
    assert found[1] == PARTS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("```json\n\n```", "empty"),
        ("<html><body>502 Bad Gateway</body></html>", "not_json"),
        ("A red car drives along.", "not_json"),
        (json.dumps(GOOD) + " I hope this helps!", "not_json"),
        (json.dumps(GOOD)[:-20], "not_json"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("[]", "wrong_fields"),
        ("null", "wrong_fields"),
        (json.dumps({"short": "A car."}), "wrong_fields"),
        (json.dumps({**GOOD, "short": 5}), "wrong_fields"),
        (json.dumps({**GOOD, "short": ""}), "wrong_fields"),
        (json.dumps({**GOOD, "extra": "x"}), "wrong_fields"),
        (json.dumps({**GOOD, "short": " ... "}), "empty"),
        (json.dumps({**GOOD, "short": "a car " * 100}), "too_long"),
        (json.dumps({**GOOD, "long": "a red car " * 900}), "too_long"),
        ("x" * 50_000, "too_long"),
    ],
)
def test_anything_else_is_none_and_says_why(text: str, kind: str) -> None:
    found = read_answer(text, structured=False)
    assert isinstance(found, Unmeasured)
    assert found.kind == kind
    assert len(found.message) < 400


@pytest.mark.parametrize("change", [{"subjects": "a car"}, {"actions": [{"time": "0"}]}, {"mood": "calm"}])
def test_parts_that_are_no_parts_are_refused(change: dict[str, Any]) -> None:
    found = read_answer(json.dumps({**GOOD, "caption_json": {**PARTS, **change}}), structured=True)
    assert isinstance(found, Unmeasured)
    assert found.kind == "wrong_fields"


def test_the_schema_is_closed_and_wants_all() -> None:
    form = schema(structured=False)
    assert form["additionalProperties"] is False
    assert form["required"] == ["short", "medium", "long"]
    assert "caption_json" in schema(structured=True)["required"]
