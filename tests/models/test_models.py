"""Real loading, on checkpoints of a few random weights that the test makes and saves: `make test-models`."""

from pathlib import Path

import numpy as np
import pytest

from tasks.core.catalog import Catalog
from tasks.core.errors import StageRefused
from tasks.core.vectors import read_vectors
from tasks.models.backbone import Backbone
from tasks.models.folder import place_of
from tasks.models.head import read_head
from tasks.models.preparation import read_preparation
from tasks.models.registry import model_named
from tests.fixtures.made_catalog import table
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import Pipeline, write_recipe
from tests.models.checkpoints import DIMENSION, save_clip, save_head, save_siglip

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make models` installs it")
pytest.importorskip("transformers", reason="transformers is not installed; `make models` installs it")

SAVE = {"clip": save_clip, "siglip": save_siglip}
RANDOM = np.random.default_rng(1)
PICTURES = [RANDOM.integers(0, 256, size, dtype=np.uint8) for size in ((40, 70, 3), (36, 32, 3), (32, 32, 3))]


@pytest.mark.parametrize("kind", SAVE)
def test_pictures_are_prepared_as_transformers_does(kind: str, tmp_path: Path) -> None:
    from transformers import AutoImageProcessor

    SAVE[kind](tmp_path)
    preparation = read_preparation(tmp_path)
    theirs = AutoImageProcessor.from_pretrained(tmp_path, backend="pil")
    for picture in PICTURES:
        (wanted,) = theirs(images=[picture], return_tensors="np")["pixel_values"]
        ours = (preparation.prepared(picture) / 255 - preparation.mean) / np.array(preparation.spread)
        assert np.abs(ours.transpose(2, 0, 1) - wanted).max() < 1e-5


@pytest.mark.parametrize("kind", SAVE)
def test_vectors_are_those_of_the_model_itself(kind: str, tmp_path: Path) -> None:
    from transformers import AutoImageProcessor

    model = SAVE[kind](tmp_path)
    backbone = Backbone(tmp_path)
    found = np.concatenate(backbone.vectors_of([[backbone.preparation.prepared(picture)] for picture in PICTURES]))
    pixels = AutoImageProcessor.from_pretrained(tmp_path, backend="pil")(images=PICTURES, return_tensors="pt")
    with torch.no_grad():
        wanted = model.get_image_features(**pixels).pooler_output
    wanted = (wanted / wanted.norm(dim=-1, keepdim=True)).numpy()
    near = 1e-5 if backbone.device.name == "cpu" else 1e-2
    assert np.abs(found - wanted).max() < near
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kind", SAVE)
def test_words_lie_in_the_space_of_pictures(kind: str, tmp_path: Path) -> None:
    SAVE[kind](tmp_path)
    backbone = Backbone(tmp_path)
    both = backbone.vectors_of_words(["a photo of the road", "A Chart"])
    alone = backbone.vectors_of_words(["a photo of the road"])
    assert both.shape[1] == backbone.vectors_of([[backbone.preparation.prepared(PICTURES[0])]])[0].shape[1]
    assert np.abs(both[0] - alone[0]).max() < 1e-5
    assert backbone.sharpness >= 1


@pytest.mark.parametrize("sizes", [(24, 1), (24, 16, 8, 1)])
def test_a_head_of_linear_layers_is_one_linear_map(sizes: tuple[int, ...], tmp_path: Path) -> None:
    layers = save_head(tmp_path / "model.safetensors", *sizes)
    rows = RANDOM.normal(size=(5, 24)).astype(np.float32)
    with torch.no_grad():
        wanted = layers(torch.from_numpy(rows))[:, 0].numpy()
    assert read_head(tmp_path / "model.safetensors").values(rows) == pytest.approx(wanted, abs=1e-5)


def test_a_head_that_gives_several_numbers_is_refused(tmp_path: Path) -> None:
    save_head(tmp_path / "model.safetensors", 24, 3)
    with pytest.raises(StageRefused, match="3 numbers"):
        read_head(tmp_path / "model.safetensors")


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(StageRefused, match="no checkpoint"):
        Backbone(tmp_path)


def test_the_stage_reads_all_scores_off_one_pass(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path / "models"))
    clip, head = (model_named(name) for name in ("clip-vit-large-patch14", "aesthetic-sac-logos-ava1-l14"))
    save_clip(place_of(clip))
    for name in clip.files:
        if not (place_of(clip) / name).exists():  # what a tokenizer of another sort does not have
            (place_of(clip) / name).write_text("{}")
    save_head(place_of(head) / "model.safetensors", DIMENSION, 1)
    (tmp_path / "videos").mkdir()
    made_video(tmp_path / "videos" / "one.mp4", [Shot(6, seed=1)])
    made_video(tmp_path / "videos" / "two.mp4", [Shot(7, seed=3)])
    embed = {"embedding": {"model": clip.name}, "clip_aesthetic": {}, "zero_shot": {}}
    recipe = write_recipe(
        tmp_path / "recipe.yaml", tmp_path / "videos", tmp_path / "out", policy="permissive", embed=embed
    )

    Pipeline(catalog.url, recipe).run("made")

    rows = table(catalog, "select clip_id, model, revision, dimension, object_key, ordinal from catalog.embedding")
    assert len(rows) == 2
    for clip_id, model, revision, dimension, key, ordinal in rows:
        made, clips, _ = read_vectors((tmp_path / "out" / key).read_bytes())
        assert (made.kind, model, revision, dimension) == ("model", clip.name, clip.revision, DIMENSION)
        assert str(clips[ordinal]) == str(clip_id)
    scores = table(catalog, "select numbers from catalog.score where scorer in ('clip_aesthetic', 'zero_shot')")
    assert len(scores) == 4
    shares = [sum(v for n, v in found.items() if n.startswith("type_")) for (found,) in scores if len(found) > 1]
    assert shares == pytest.approx([1, 1])
