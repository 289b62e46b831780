"""Questions to models in this process, on checkpoints of a few random weights: `make test-models`."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import StageRefused
from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Answer, Question, Unanswered
from tasks.models.generated import Generated
from tasks.models.language_network import LanguageNetwork
from tests.models.language_checkpoints import FAMILIES, save_language_model
from tests.models.made_questions import question

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make models` installs it")
pytest.importorskip("transformers", reason="transformers is not installed; `make models` installs it")

HAS_TORCHVISION = importlib.util.find_spec("torchvision") is not None
SETTINGS: dict[str, Any] = {"model": "smolvlm2-256m"}


def replies(backend: Generated, questions: list[Question]) -> list[Any]:
    """Each one's reply, in their order."""
    for one in questions:
        backend.offer(one)
    backend.finish()
    return [backend.reply_to(one.question_id) for one in questions]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_question_has_the_answer_that_it_has_alone(family: str, tmp_path: Path) -> None:
    save_language_model(family, tmp_path)
    together = Generated(VisionLanguageSettings.model_validate(SETTINGS | {"batch": 3}), tmp_path)
    alone = Generated(VisionLanguageSettings.model_validate(SETTINGS | {"batch": 1}), tmp_path)
    asked = [question(2 + at % 2, f"What is it? {'Say more. ' * at}") for at in range(5)]
    found = replies(together, asked)
    assert all(isinstance(one, Answer) for one in found), found
    assert [(one.question_id, one.text) for one in found] == [
        (one.question_id, one.text) for one in replies(alone, asked)
    ]
    assert len({one.text for one in found}) > 1
    assert all(one.model.startswith("smolvlm2-256m@0677") for one in found)
    assert all(one.prompt_tokens > 20 and 0 < one.answer_tokens <= 64 for one in found)


@pytest.mark.skipif(HAS_TORCHVISION, reason="with torchvision pictures go in as a video")
@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_without_torchvision_stand_beside_their_times(family: str, tmp_path: Path) -> None:
    save_language_model(family, tmp_path)
    network = LanguageNetwork(tmp_path)
    assert not network.as_video
    inputs = network.prepared([question(2)])
    words = network._processor.tokenizer.decode(inputs["input_ids"][0])
    assert words.index("0.0 s: ") < words.index("1.5 s: ") < words.index("What is it?")
    assert "pixel_values" in inputs


@pytest.mark.skipif(not HAS_TORCHVISION, reason="torchvision is not installed, which video processors need")
@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_with_torchvision_are_a_video(family: str, tmp_path: Path) -> None:
    save_language_model(family, tmp_path)
    network = LanguageNetwork(tmp_path)
    assert network.as_video
    inputs = network.prepared([question(4)])
    words = network._processor.tokenizer.decode(inputs["input_ids"][0])
    assert " s: " not in words
    if family == "smolvlm":
        assert words.index("00:00:") < words.index("00:01:") < words.index("00:03:") < words.index("00:04:")
    if family == "qwen3_vl":  # two pictures make one patch of time: the times are those between
        assert words.index("<0.8 seconds>") < words.index("<3.8 seconds>")
    if family == "qwen2_5_vl":
        assert inputs["second_per_grid_ts"] == pytest.approx([3.0])


def test_an_answer_without_an_end_is_cut_off(tmp_path: Path) -> None:
    save_language_model("qwen3_vl", tmp_path, ends_soon=False)
    backend = Generated(VisionLanguageSettings.model_validate(SETTINGS), tmp_path)
    (found,) = replies(backend, [question(2, answer_tokens=16)])
    assert isinstance(found, Unanswered)
    assert found.kind == "cut_off"


def test_what_is_too_long_for_the_model_costs_the_others_nothing(tmp_path: Path) -> None:
    save_language_model("qwen2_5_vl", tmp_path)
    backend = Generated(VisionLanguageSettings.model_validate(SETTINGS), tmp_path)
    short, long = question(2), question(2, "word " * 500)
    found = replies(backend, [short, long])
    assert isinstance(found[0], Answer)
    assert isinstance(found[1], Unanswered)
    assert found[1].kind == "too_long"


def test_a_checkpoint_of_another_sort_ends_the_stage(tmp_path: Path) -> None:
    from tests.models.checkpoints import save_clip

    save_clip(tmp_path)
    backend = Generated(VisionLanguageSettings.model_validate(SETTINGS), tmp_path)
    backend.offer(question(2))
    with pytest.raises(StageRefused, match="holds a clip"):
        backend.finish()
    with pytest.raises(StageRefused, match="holds a clip"):
        backend.offer(question(2))


def test_a_batch_that_is_too_large_for_the_device_goes_in_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_language_model("smolvlm", tmp_path)
    answers, sizes = LanguageNetwork.answers, []

    def of_two(self: LanguageNetwork, inputs: Any, questions: Any, *rest: Any) -> Any:
        sizes.append(len(questions))
        return None if len(questions) > 2 else answers(self, inputs, questions, *rest)

    monkeypatch.setattr(LanguageNetwork, "answers", of_two)
    backend = Generated(VisionLanguageSettings.model_validate(SETTINGS | {"batch": 4}), tmp_path)
    asked = [question(2, f"What is {at}?") for at in range(9)]
    assert [one.question_id for one in replies(backend, asked)] == [one.question_id for one in asked]
    assert max(sizes) > 2
