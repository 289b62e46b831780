"""The target of a domain by a network, on a checkpoint of a few random weights: examples and texts lie in one space."""

from pathlib import Path

import numpy as np
import pytest

from tasks.core.examples import list_examples
from tasks.core.settings_embed import EmbedSettings
from tasks.embed.domain import target_of
from tasks.embed.stage import asked_by
from tasks.models.backbone import load_backbone, load_encoder
from tasks.models.folder import place_of
from tasks.models.registry import model_named
from tests.fixtures.made_video import Shot, made_video
from tests.models.checkpoints import DIMENSION, save_clip

pytest.importorskip("torch", reason="PyTorch is not installed; `make models` installs it")
pytest.importorskip("transformers", reason="transformers is not installed; `make models` installs it")
CLIP = "clip-vit-large-patch14"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model store with a tiny CLIP."""
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path / "models"))
    load_encoder.cache_clear()
    clip = model_named(CLIP)
    save_clip(place_of(clip))
    for name in clip.files:
        if not (place_of(clip) / name).exists():  # what a tokenizer of another sort does not have
            (place_of(clip) / name).write_text("{}")


def target(**domain: object) -> np.ndarray:
    settings = EmbedSettings.model_validate({"embedding": {"model": CLIP}, "domain": domain})
    return target_of(settings, asked_by(settings))


def test_texts_are_those_of_the_network() -> None:
    texts = ["a photo of the road", "a chart"]
    found = target(texts=texts)
    assert found.shape == (2, DIMENSION)
    assert np.abs(found - load_backbone(CLIP).vectors_of_words(texts)).max() < 1e-6


def test_an_example_has_the_vector_that_a_clip_of_it_has(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    for number in range(3):
        made_video(tmp_path / "target" / f"{number}.mp4", [Shot(2, seed=number)])
    examples = [one.model_dump() for one in list_examples("target", tmp_path)]
    found = target(examples=examples)
    assert found.shape == (3, DIMENSION)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    for row, example in zip(found, examples, strict=True):
        assert row == pytest.approx(target(examples=[example])[0], abs=1e-4)
    assert float(found[0] @ found[1]) < 0.9999
