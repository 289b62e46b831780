"""Networks that take all pictures of a clip together, on checkpoints of a few random weights: `make test-models`."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import StageRefused
from tasks.embed.feeder import Feeder
from tasks.embed.scores import clip_vector
from tasks.embed.see import Seen
from tasks.models import folder as store
from tasks.models.backbone import load_backbone, load_encoder, load_reader
from tasks.models.encoder import spread
from tasks.models.preparation import read_preparation
from tasks.models.registry import model_named
from tasks.models.video_backbone import CosmosBackbone, VideoBackbone
from tests.models.checkpoints import DIMENSION, save_clip, save_vjepa2
from tests.models.cosmos_checkpoint import MODELING, save_cosmos

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make models` installs it")
pytest.importorskip("transformers", reason="transformers is not installed; `make models` installs it")

RANDOM = np.random.default_rng(2)
CLIPS = [[RANDOM.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(count)] for count in (8, 3, 8, 20, 1)]
COSMOS = "cosmos-embed1-224p"


def pixels(clip: list[np.ndarray], mean: tuple[float, ...], spread_: tuple[float, ...]) -> "torch.Tensor":
    """[1, T, C, H, W], as the model's own processor makes it."""
    of_1 = (np.stack(clip) / 255 - mean) / np.array(spread_)
    return torch.from_numpy(of_1.astype(np.float32)).permute(0, 3, 1, 2)[None]


def unit(row: "torch.Tensor") -> np.ndarray:
    return np.asarray((row / row.norm(dim=-1, keepdim=True)).detach().numpy())


def near(backbone: VideoBackbone | CosmosBackbone) -> float:
    return 1e-5 if backbone.device.name == "cpu" else 3e-2


def test_a_video_s_vector_is_the_mean_of_what_the_model_says_of_its_parts(tmp_path: Path) -> None:
    model = save_vjepa2(tmp_path)
    backbone = VideoBackbone(tmp_path)
    found = backbone.vectors_of(CLIPS)
    looks = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    # By twos, and at most the 8 that it was trained with.
    shown = [CLIPS[0], spread(CLIPS[1], 4), CLIPS[2], spread(CLIPS[3], 8), [CLIPS[4][0]] * 2]
    for rows, clip in zip(found, shown, strict=True):
        assert rows.shape == (1, 36)
        wanted = model(pixels(clip, *looks)).last_hidden_state.mean(dim=1)
        assert np.abs(rows - unit(wanted)).max() < near(backbone)
    assert np.abs(found[0] - found[2]).max() > 1e-4


def test_the_order_of_pictures_counts(tmp_path: Path) -> None:
    save_vjepa2(tmp_path)
    forth, back = VideoBackbone(tmp_path).vectors_of([CLIPS[0], CLIPS[0][::-1]])
    assert np.abs(forth - back).max() > 1e-4


def test_a_video_s_pictures_are_resized_in_proportion_to_the_crop(tmp_path: Path) -> None:
    save_vjepa2(tmp_path, side_px=56)
    preparation = read_preparation(tmp_path)
    assert (preparation.shorter_side_px, preparation.crop, preparation.resample) == (64, (56, 56), 2)
    assert preparation.prepared(np.zeros((90, 160, 3), np.uint8)).shape == (56, 56, 3)


def test_own_code_gives_the_vectors_of_the_model_itself(tmp_path: Path) -> None:
    model = save_cosmos(tmp_path)
    backbone = CosmosBackbone(tmp_path)
    assert backbone.preparation.prepared(np.zeros((90, 160, 3), np.uint8)).shape == (32, 32, 3)
    for rows, clip in zip(backbone.vectors_of(CLIPS), CLIPS, strict=True):
        videos = pixels(spread(clip, 8), (0.5,) * 3, (0.5,) * 3)
        assert np.abs(rows - unit(model.get_video_embeddings(videos).visual_proj)).max() < near(backbone)


def test_words_of_own_code_lie_in_the_space_of_clips(tmp_path: Path) -> None:
    save_cosmos(tmp_path)
    backbone = CosmosBackbone(tmp_path)
    both = backbone.vectors_of_words(["a photo of the road", "a chart"])
    assert both.shape == (2, DIMENSION)
    assert np.abs(both[0] - backbone.vectors_of_words(["a photo of the road"])[0]).max() < near(backbone)
    assert np.linalg.norm(both, axis=1) == pytest.approx(1, abs=1e-5)


def test_clips_go_through_networks_of_both_sorts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path))
    names = {"vjepa2-vitl-fpc64-256": save_vjepa2, "clip-vit-large-patch14": save_clip}
    for name, save in names.items():
        save(store.place_of(model_named(name)))
        for lacking in store.missing_files(model_named(name)):  # what a tokenizer of another sort does not have
            (store.place_of(model_named(name)) / lacking).write_text("{}")
    load_encoder.cache_clear()
    feeder = Feeder(load_encoder)
    clips = [Seen(None, {name: list(clip) for name in names}) for clip in CLIPS]
    for seen in clips:
        feeder.offer(seen)
    feeder.finish()
    for seen, clip in zip(clips, CLIPS, strict=True):
        assert [seen.vectors[name].shape for name in names] == [(1, 36), (len(clip), DIMENSION)]
        assert [clip_vector(seen.vectors[name]).shape for name in names] == [(36,), (DIMENSION,)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model store with Cosmos-Embed1 in it, as it was fetched."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path))
    model = model_named(COSMOS)
    save_cosmos(store.place_of(model))
    for name in store.missing_files(model):  # what a tokenizer of another sort, or a larger network, has
        (store.place_of(model) / name).write_text("")
    sums = {path.name: sha256(path.read_bytes()).hexdigest() for path in store.place_of(model).iterdir()}
    (store.place_of(model) / store.SUMS).write_text(json.dumps(sums))
    load_encoder.cache_clear()
    return store.place_of(model)


def test_own_code_is_run_where_it_is_as_it_was_fetched(place: Path) -> None:
    encoder = load_encoder(COSMOS)
    assert [rows.shape for rows in encoder.vectors_of(CLIPS[:2])] == [(1, DIMENSION)] * 2
    assert load_reader(COSMOS) is encoder
    with pytest.raises(StageRefused, match="compares no picture with words"):
        load_backbone(COSMOS)


def test_own_code_that_has_changed_is_not_run(place: Path) -> None:
    ran = place / "ran"
    (place / "modeling_embed1.py").write_text(f"open({str(ran)!r}, 'w')\n{MODELING}")
    with pytest.raises(StageRefused, match=r"modeling_embed1\.py has changed"):
        load_encoder(COSMOS)
    assert not ran.exists()


def test_own_code_that_nobody_fetched_is_not_run(place: Path) -> None:
    (place / "another.py").write_text(MODELING)
    with pytest.raises(StageRefused, match=r"another\.py was not fetched with it"):
        load_encoder(COSMOS)


def test_own_code_without_its_sums_is_not_run(place: Path) -> None:
    (place / store.SUMS).unlink()
    with pytest.raises(StageRefused, match="not fetched"):
        load_encoder(COSMOS)


def test_own_code_that_does_not_run_here_says_why(tmp_path: Path) -> None:
    save_cosmos(tmp_path)
    code = (tmp_path / "configuration_embed1.py").read_text()
    (tmp_path / "configuration_embed1.py").write_text(f"from transformers import what_is_no_longer_there\n{code}")
    # Under another name, as what was loaded before in this process is known by the first one.
    config = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace("cosmos-embed1", "another"))
    with pytest.raises(StageRefused, match="what_is_no_longer_there"):
        CosmosBackbone(tmp_path)
