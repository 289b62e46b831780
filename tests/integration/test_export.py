"""Exports of a published version, held to the rules of the trainers' own loaders, written anew here."""

import csv
import hashlib
import io
import json
import socket
import struct
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import webdataset

from tasks.core.errors import ExportRefused, StageRefused
from tasks.core.media import probe
from tasks.core.store import open_store
from tasks.core.store.s3 import S3Store
from tasks.dataset.exported import all_exported
from tasks.dataset.version import PublishedVersion
from tasks.export import draft, sample
from tasks.export.export import export
from tasks.export.targets import TARGETS, target_named
from tests.fixtures.made_version import CLIPS, MODEL, MadeVersion

BY_NAME = {clip.name: clip for clip in CLIPS}
TOO_SHORT, WORDLESS = {"brief"}, {"wordless"}
TRAINABLE = set(BY_NAME) - TOO_SHORT - WORDLESS


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def exported(made: MadeVersion, name: str, place: Path, **options: Any) -> dict[str, Any]:
    target = target_named(name)
    return export(made.version, target, target.options.model_validate(options), str(place))


def left_out(place: Path, made: MadeVersion) -> dict[str, str]:
    with (place / "left_out.csv").open(newline="") as file:
        return {made.name_of(row["clip_id"]): row["reason"] for row in csv.DictReader(file)}


def names(made: MadeVersion, place: Path, pattern: str) -> set[str]:
    return {made.name_of(path.stem) for path in place.glob(pattern)}


def looks(path: Path) -> tuple[int | None, Fraction, tuple[int, int]]:
    """Frames, rate and size of a video."""
    info = probe(path)
    return info.frame_count, info.frame_rate, (info.width_px, info.height_px)


# The version -------------------------------------------------------------------------------------------------------


def test_a_version_gives_its_clips(made_version: MadeVersion) -> None:
    found = {made_version.name_of(clip.clip_id): clip for clip in made_version.version.clips()}
    assert set(found) == set(BY_NAME)
    assert [window.captions["short"] for window in found["long"].windows] == [
        f"long, window {number}, short, éè" for number in range(3)
    ]
    assert (found["fast"].frame_rate, found["fast"].frame_count, found["fast"].size_px) == (120, 720, (64, 36))
    assert found["wordless"].windows == ()


def test_a_clip_with_other_bytes_is_not_given(made_version: MadeVersion) -> None:
    row = next(made_version.version.rows())
    with pytest.raises(StageRefused, match="does not have the bytes"):
        made_version.version.clip({**row, "offset_bytes": row["offset_bytes"] + 1})


def test_a_long_text_is_read_on(made_version: MadeVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.dataset.version._AHEAD_BYTES", 600)
    assert {clip.about["clip_id"] for clip in made_version.version.clips()} == set(made_version.ids.values())


# Cosmos-Predict2.5, WebDataset -------------------------------------------------------------------------------------


def cosmos_samples(place: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """As its dataset does: root/{key}/{tar} of every key side by side, by each wdinfo.json."""
    for listed in sorted(place.rglob("wdinfo.json")):
        info = json.loads(listed.read_text())
        count = 0
        for tar in info["data_list"]:
            streams = [
                webdataset.WebDataset(f"{info['root']}/{key}/{tar}", shardshuffle=False) for key in ("video", "metas")
            ]
            together = list(zip(*streams, strict=True))
            assert 0 < len(together) <= info["chunk_size"]
            for video, metas in together:
                assert video["__key__"] == metas["__key__"]
                count += 1
                yield listed, {"id": video["__key__"], "mp4": video["mp4"], "metas": json.loads(metas["json"])}
        assert count == info["total_key_count"]


def usable_windows(metas: dict[str, Any], frames: int) -> list[dict[str, Any]]:
    """Those that the loader trains on: never the last of several, 4 s and `frames` at least, 10 to 60 a second."""
    rate, windows = metas["framerate"], metas["t2w_windows"]
    if not 10 <= rate <= 60:
        return []
    lengths = [(one["end_frame"] - one["start_frame"], one) for one in (windows[:-1] if windows[1:] else windows)]
    return [one for length, one in lengths if length >= 4.0 * rate and length // frames in range(1, 100)]


@pytest.mark.parametrize(("frames", "tar_bytes"), [(61, 500_000_000), (121, 100_000)])
def test_cosmos_webdataset_trains_on_every_clip(
    made_version: MadeVersion, out: Path, frames: int, tar_bytes: int
) -> None:
    report = exported(made_version, "cosmos-predict2.5-webdataset", out, frames=frames, tar_bytes=tar_bytes)
    found = list(cosmos_samples(out))
    assert {made_version.name_of(one["id"]) for _, one in found} == TRAINABLE
    assert report["clips"] == len(found)
    for listed, one in found:
        metas = one["metas"]
        assert usable_windows(metas, frames)
        assert f"aspect_ratio_{'1_1' if metas['width'] == metas['height'] else '16_9'}" in str(listed)
        info = probe(io.BytesIO(one["mp4"]))
        assert (info.frame_count, float(info.frame_rate)) == (metas["nb_frames"], metas["framerate"])
        for window in metas["t2w_windows"]:
            styles = set(window) - {"start_frame", "end_frame"}
            assert styles == {"qwen2p5_7b_caption", "qwen2p5_7b_caption_short", "qwen2p5_7b_caption_medium"}
            assert window["end_frame"] <= metas["nb_frames"]


def test_cosmos_webdataset_has_the_frames_of_the_windows(made_version: MadeVersion, out: Path) -> None:
    exported(made_version, "cosmos-predict2.5-webdataset", out)
    metas = {made_version.name_of(one["id"]): one["metas"] for _, one in cosmos_samples(out)}
    assert [(one["start_frame"], one["end_frame"]) for one in metas["long"]["t2w_windows"]] == [
        (0, 150), (150, 300), (300, 330),
    ]  # fmt: skip
    assert (metas["fast"]["framerate"], metas["fast"]["nb_frames"]) == (60.0, 360)
    assert metas["plain"]["t2w_windows"][0]["qwen2p5_7b_caption_medium"] == "plain, window 0, medium, éè"
    assert left_out(out, made_version) == {"brief": "too_few_frames", "wordless": "no_caption"}


# Local files -------------------------------------------------------------------------------------------------------


def test_cosmos_local_files_have_94_frames_at_16_a_second(made_version: MadeVersion, out: Path) -> None:
    report = exported(made_version, "cosmos-predict2.5-local", out)
    assert names(made_version, out, "videos/*.mp4") == names(made_version, out, "metas/*.txt") == TRAINABLE
    for path in out.glob("videos/*.mp4"):
        clip = BY_NAME[made_version.name_of(path.stem)]
        frames, rate, size = looks(path)
        assert (frames, rate, size) == (round(clip.seconds * 16), 16, clip.size)
        assert round(clip.seconds * 16) - 93 > 0  # randint(0, total - 93) needs one start at least
        (model, texts), *others = json.loads((out / "captions" / f"{path.stem}.json").read_text()).items()
        assert (model, others, set(texts)) == (MODEL, [], {"long", "medium", "short"})
        assert (out / "metas" / f"{path.stem}.txt").read_text() == texts["long"]
    assert (report["encoded_anew"], report["left_out"]) == (4, {"no_caption": 1, "too_few_frames": 1})
    text = (out / "metas" / f"{made_version.ids['long']}.txt").read_text()
    assert text == " ".join(f"long, window {number}, long, éè" for number in range(3))


def test_clips_get_the_exact_size_of_their_shape_or_are_left_out(
    made_version: MadeVersion, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"cosmos-256": ((64, 40), (48, 48))}
    monkeypatch.setattr("tasks.export.sizes.SIZES", sizes)
    monkeypatch.setattr("tasks.export.folders.SIZES", sizes)
    exported(made_version, "finetrainers", out, size="cosmos-256")
    found = {made_version.name_of(path.stem): looks(path) for path in out.glob("data/*.mp4")}
    assert {name: size for name, (_, _, size) in found.items()} == {
        "long": (64, 40), "plain": (64, 40), "brief": (64, 40), "square": (48, 48),
    }  # fmt: skip
    assert {name: (frames, rate) for name, (frames, rate, _) in found.items()} == {
        name: (BY_NAME[name].frames, BY_NAME[name].fps) for name in found
    }
    assert left_out(out, made_version) == {"fast": "too_small", "wordless": "no_caption"}


def test_finetrainers_has_a_text_beside_each_video_as_it_was_published(made_version: MadeVersion, out: Path) -> None:
    exported(made_version, "finetrainers", out, caption="short")
    assert names(made_version, out, "data/*.mp4") == names(made_version, out, "data/*.txt") == TRAINABLE | TOO_SHORT
    sums = {row["clip_id"]: row["sha256"] for row in made_version.version.rows(["clip_id", "sha256"])}
    for path in out.glob("data/*.mp4"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sums[path.stem]
        assert path.with_suffix(".txt").read_text() == f"{made_version.name_of(path.stem)}, window 0, short, éè"


@pytest.mark.parametrize(("model", "fps"), [("wan", 16), ("hunyuan", 24)])
def test_musubi_finds_videos_of_4n_and_1_frames_at_the_models_rate(
    made_version: MadeVersion, out: Path, model: str, fps: int
) -> None:
    exported(made_version, "musubi-tuner", out, model=model, frames=61)
    config = tomllib.loads((out / "dataset.toml").read_text())
    (dataset,) = config["datasets"]
    assert dataset["target_frames"] == [61]
    assert dataset["source_fps"] == fps
    lines = [json.loads(line) for line in Path(dataset["video_jsonl_file"]).read_text().splitlines()]
    for line in lines:
        assert set(line) == {"video_path", "caption"}
        frames, rate, _ = looks(Path(line["video_path"]))
        assert (frames or 0) % 4 == 1
        assert (frames or 0) >= 61
        assert rate == fps
    assert {made_version.name_of(Path(line["video_path"]).stem) for line in lines} == TRAINABLE | (
        TOO_SHORT if fps == 24 else set()
    )


def test_diffsynth_reads_videos_and_prompts(made_version: MadeVersion, out: Path) -> None:
    exported(made_version, "diffsynth-studio", out)
    with (out / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {made_version.name_of(Path(row["video"]).stem): row["prompt"] for row in rows} == {
        name: f"{name}, window 0, long, éè" for name in TRAINABLE
    }
    assert all((looks(out / row["video"])[0] or 0) % 4 == 1 for row in rows)


def test_cosmos_framework_keeps_what_its_loader_keeps(made_version: MadeVersion, out: Path) -> None:
    exported(made_version, "cosmos-framework", out)
    lines = [json.loads(line) for line in (out / "dataset.jsonl").read_text().splitlines()]
    assert {made_version.name_of(line["uuid"]) for line in lines} == TRAINABLE
    for line in lines:
        frames, rate, size = looks(out / line["vision_path"])
        assert (line["nb_frames"], line["framerate"], line["width"], line["height"]) == (frames, rate, *size)
        assert line["duration"] == pytest.approx((frames or 0) / float(rate))
        assert line["duration"] <= 61
        for one in line["t2w_windows"]:
            # The last frame is one of the window's, and the interval a step in frames.
            assert 93 <= one["end_frame"] - one["start_frame"] + 1 <= line["nb_frames"] - one["start_frame"]
            assert one["temporal_interval"] == 1
    (long,) = (line for line in lines if line["uuid"] == made_version.ids["long"])
    # Its third window has 30 frames: the loader would draw it as often as the others, and pass over the clip then.
    assert [(one["start_frame"], one["end_frame"]) for one in long["t2w_windows"]] == [(0, 149), (150, 299)]
    fields = long["t2w_windows"][0]["caption_json"]
    assert (fields["resolution"], fields["aspect_ratio"]) == ({"H": 72, "W": 128}, "16,9")
    assert (fields["duration"], fields["fps"], fields["subjects"]) == ("5s", 30, [{"description": "long"}])
    assert isinstance(fields["fps"], int)


# Without the libraries that read them, which tests/exports asks ---------------------------------------------------


def test_energons_index_leads_to_each_sample(made_version: MadeVersion, out: Path) -> None:
    exported(made_version, "energon", out)
    counts = json.loads((out / ".nv-meta" / ".info.json").read_text())["shard_counts"]
    for name, count in counts.items():
        data = (out / f"{name}.idx").read_bytes()
        offsets = struct.unpack(f"<{len(data) // 8}Q", data)
        assert len(offsets) == count + 1
        tar = (out / name).read_bytes()
        assert all(tar[offset : offset + 41].endswith(b".mp4\0") for offset in offsets[:-1])
        assert tar[offsets[-1] : offsets[-1] + 1024] == b"\0" * 1024


# How an export appears ---------------------------------------------------------------------------------------------


def test_an_export_says_what_it_is(made_version: MadeVersion, out: Path) -> None:
    report = exported(made_version, "mds", out)
    assert json.loads((out / "export.json").read_text()) == report
    assert (report["clips"], report["left_out"]) == (5, {"no_caption": 1})
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "export.json"]
    assert (report["files"], report["size_bytes"]) == (len(files), sum(path.stat().st_size for path in files))
    assert "CC0-1.0" in (out / "ATTRIBUTION.md").read_text()


def test_the_same_version_gives_the_same_files(made_version: MadeVersion, tmp_path: Path) -> None:
    for name, options in (("mds", {}), ("energon", {}), ("hugging-face", {}), ("diffsynth-studio", {"frames": 5})):
        for copy in ("one", "two"):
            exported(made_version, name, tmp_path / copy / name, **options)
    one, two = (
        {
            path.relative_to(tmp_path / copy): path.read_bytes()
            for path in (tmp_path / copy).rglob("*")
            if path.is_file()
        }
        for copy in ("one", "two")
    )
    assert one == two


def test_an_export_that_fails_leaves_nothing(
    made_version: MadeVersion, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(fitted: Any) -> sample.Sample:
        return sample.Sample(fitted, fitted.clip.video[:-2000])

    monkeypatch.setattr(sample, "sample_of", spoilt)
    for name in set(TARGETS) - {"mds", "cosmos-predict2-local"}:
        with pytest.raises(ExportRefused, match=r"cannot be read|frames|does not have the bytes"):
            exported(made_version, name, out)
        assert list(out.parent.iterdir()) == []


def test_what_a_killed_export_left_is_swept(made_version: MadeVersion, out: Path) -> None:
    left = out.with_name(f".{out.name}.unfinished-999999999")
    left.mkdir()
    exported(made_version, "mds", out)
    assert list(out.parent.iterdir()) == [out]


def test_a_place_that_is_taken_is_refused(made_version: MadeVersion, out: Path) -> None:
    out.mkdir()
    (out / "mine").touch()
    with pytest.raises(StageRefused, match="is there already"):
        exported(made_version, "mds", out)
    assert [path.name for path in out.iterdir()] == ["mine"]


def test_no_clip_at_all_is_no_export(made_version: MadeVersion, out: Path) -> None:
    with pytest.raises(ExportRefused, match="6 too_few_frames"):
        exported(made_version, "diffsynth-studio", out, frames=1001)
    assert not out.exists()


def test_to_a_bucket_and_from_one(made_version: MadeVersion, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report goes last, so that without it nothing is there."""
    store = open_store(f"s3://{bucket}/dataset")
    for path in made_version.folder.rglob("*"):
        if path.is_file():
            store.put_file(str(path.relative_to(made_version.folder)), path)
    version = PublishedVersion(store, made_version.version.number, made_version.version.text)
    target = target_named("cosmos-predict2.5-webdataset")
    address = f"s3://{bucket}/exports/cosmos"
    put, kept = list[str](), (S3Store.put_file, S3Store.put_bytes)
    monkeypatch.setattr(S3Store, "put_file", lambda own, key, path: put.append(key) or kept[0](own, key, path))
    monkeypatch.setattr(S3Store, "put_bytes", lambda own, key, *a, **o: put.append(key) or kept[1](own, key, *a, **o))
    export(version, target, target.options(), address)
    found = open_store(address)
    (listed, *_) = [one.key for one in found.list() if one.key.endswith("wdinfo.json")]
    info = json.loads(found.get_bytes(listed))
    assert info["root"] == f"exports/cosmos/{listed.removesuffix('/wdinfo.json')}"
    assert put[0].startswith("exported/"), "the dataset knows of it before anything is there"
    of_export = [key for key in put if not key.startswith("exported/")]
    assert of_export[-1] == draft.REPORT
    assert sorted(of_export) == [one.key for one in found.list()]
    with pytest.raises(StageRefused, match="already"):
        export(version, target, target.options(), address)
    energon = target_named("energon")
    with pytest.raises(StageRefused, match="export to a folder"):
        export(version, energon, energon.options(), f"s3://{bucket}/exports/energon")


# Where it went ------------------------------------------------------------------------------------------------------


def test_where_it_went_is_written_down_with_what_it_lacks(
    made_version: MadeVersion, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = made_version.version.store
    exported(made_version, "finetrainers", out)
    (found,) = (one for one in all_exported(store) if one.place == str(out))
    assert (found.target, found.version, found.manifest_sha256) == ("finetrainers", 1, made_version.version.sha256)
    assert (found.host, found.clips) == (socket.gethostname(), len(BY_NAME) - len(found.left_out))
    assert {made_version.name_of(clip) for clip in found.left_out} == set(left_out(out, made_version))
    assert found.ended_at is not None
    before = {one.key for one in store.list("exported/")}
    target = target_named("finetrainers")
    export(made_version.version, target, target.options(), str(out.with_name("unsaid")), is_recorded=False)
    monkeypatch.setattr("tasks.export.export._require_all", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert {one.key for one in store.list("exported/")} == before
    with pytest.raises(KeyboardInterrupt):
        exported(made_version, "finetrainers", out.with_name("broken"))
    (begun,) = (one for one in all_exported(store) if one.place == str(out.with_name("broken")))
    assert (begun.ended_at, begun.clips) == (None, None)
