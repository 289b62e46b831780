"""T5 embeddings by a tiny encoder of random weights, and the exports that hold them."""

import io
import pickle
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset

from tasks.core.errors import ExportRefused, ModelMissing
from tasks.core.settings_shard import TextVectorSettings
from tasks.core.store import FolderStore
from tasks.export.export import export
from tasks.export.targets import target_named
from tasks.models.folder import place_of
from tasks.models.registry import MODELS
from tasks.models.text_encoder import MOST_TOKENS, load_text_encoder
from tasks.shard.clips import Clip
from tasks.shard.packing import Load
from tasks.shard.text import encoder_of
from tasks.shard.write import write_shard
from tests.fixtures.made_version import MadeVersion
from tests.models.checkpoints import DIMENSION, save_t5

WORDS = ["a video of the road", "road", "a photo of the road outdoors of a chart"]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store that holds the model's files, made by the test."""
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path / "models"))
    folder = place_of(MODELS["t5-11b"])
    folder.mkdir(parents=True)
    made = save_t5(folder)
    for name in MODELS["t5-11b"].files:
        (folder / name).touch()
    return made


def exported(made: MadeVersion, name: str, place: Path, **options: Any) -> None:
    target = target_named(name)
    export(made.version, target, target.options.model_validate(options), str(place))


def test_each_token_has_its_vector_whatever_text_it_shares_a_pass_with(model: Any) -> None:
    encoder = load_text_encoder("t5-11b")
    together = encoder.vectors_of(WORDS)
    assert [one.shape for one in together] == [(7, DIMENSION), (3, DIMENSION), (11, DIMENSION)]
    assert {one.dtype for one in together} == {np.dtype(np.float16)}
    for text, vectors in zip(WORDS, together, strict=True):
        (alone,) = encoder.vectors_of([text])
        np.testing.assert_allclose(alone, vectors, atol=2e-3)
    assert not np.allclose(together[0][1], together[0][2], atol=1e-2)


def test_they_are_what_the_network_says(model: Any) -> None:
    import torch

    (found,) = load_text_encoder("t5-11b").vectors_of(["road"])
    with torch.inference_mode():
        wanted = model(input_ids=torch.tensor([[0, 7, 1]])).last_hidden_state[0].numpy()
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_long_texts_are_cut(model: Any) -> None:
    (found,) = load_text_encoder("t5-11b").vectors_of(["road " * 600])
    assert found.shape == (MOST_TOKENS, DIMENSION)


def test_a_missing_model_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_version: MadeVersion
) -> None:
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match="clipmill models pull t5-11b"):
        exported(made_version, "cosmos-predict2-local", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_cosmos_predict2_finds_an_embedding_for_each_video(
    model: Any, made_version: MadeVersion, tmp_path: Path
) -> None:
    exported(made_version, "cosmos-predict2-local", tmp_path / "out", dimension=DIMENSION)
    stems = {path.stem for path in tmp_path.glob("out/videos/*.mp4")}
    assert {made_version.name_of(stem) for stem in stems} == {"long", "plain", "square", "fast"}
    assert {path.stem for path in tmp_path.glob("out/t5_xxl/*.pickle")} == stems
    for stem in stems:
        found = pickle.loads((tmp_path / "out" / "t5_xxl" / f"{stem}.pickle").read_bytes())
        caption = (tmp_path / "out" / "metas" / f"{stem}.txt").read_text()
        assert isinstance(found, list)
        (wanted,) = load_text_encoder("t5-11b").vectors_of([caption])
        np.testing.assert_array_equal(found[0], wanted)


def test_webdataset_has_an_embedding_of_every_caption(model: Any, made_version: MadeVersion, tmp_path: Path) -> None:
    exported(made_version, "cosmos-predict2.5-webdataset", tmp_path / "out", text_encoder="t5-11b")
    tars = [str(path) for path in tmp_path.glob("out/**/t5_xxl/**/*.tar")]
    found = {one["__key__"]: one["pickle"] for one in webdataset.WebDataset(tars, shardshuffle=False)}
    assert {made_version.name_of(key) for key in found} == {"long", "plain", "square", "fast"}
    windows = pickle.loads(found[made_version.ids["long"]])
    assert [set(window) for window in windows] == [{f"t2w_qwen2p5_7b{end}" for end in ("", "_medium", "_short")}] * 3
    (wanted,) = load_text_encoder("t5-11b").vectors_of(["long, window 1, medium, éè"])
    np.testing.assert_allclose(windows[1]["t2w_qwen2p5_7b_medium"], wanted, atol=2e-3)


def test_an_embedding_of_another_size_is_refused(model: Any, made_version: MadeVersion, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match=r"512 x 1024 are wanted"):
        exported(made_version, "cosmos-predict2-local", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tar_holds_the_vectors_of_each_window(model: Any, tmp_path: Path) -> None:
    store, data = FolderStore(tmp_path / "dataset"), b"a video"
    store.put_bytes("renditions/a.mp4", data)
    clip = Clip(
        uuid.UUID(int=1),
        "cell",
        "renditions/a.mp4",
        sha256(data).hexdigest(),
        len(data),
        b"{}",
        texts=(WORDS[1], "", WORDS[0]),
    )
    load = Load("cell", (clip,), is_full=True, replaces=())
    key, _ = write_shard(store, "made", load, encoder_of(TextVectorSettings()))
    assert write_shard(store, "made", load, encoder_of(TextVectorSettings()))[0] == key
    (sample,) = webdataset.WebDataset([str(store.root / key)], shardshuffle=False)
    found = np.load(io.BytesIO(sample["t5.npy"]))
    assert (found.shape, found.dtype) == ((3, 7, DIMENSION), np.float16)
    road, words = load_text_encoder("t5-11b").vectors_of([WORDS[1], WORDS[0]])
    np.testing.assert_allclose(found[0, :3], road, atol=2e-3)
    np.testing.assert_allclose(found[2], words, atol=2e-3)
    assert not found[0, 3:].any()
    assert not found[1].any()
