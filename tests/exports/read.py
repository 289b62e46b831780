"""Reads an export through the library that trainers use: `python read.py FORMAT PLACE`, one JSON object per sample.

It runs in the environment of those libraries, so it imports nothing of the project.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any


def hugging_face(place: str) -> Iterator[dict[str, Any]]:
    """By `datasets`, which finds out by itself what lies there."""
    import datasets

    rows = datasets.load_dataset(place)["train"].cast_column("video", datasets.Video(decode=False))
    for row in rows:
        with open(row["video"]["path"], "rb") as video:
            sha256 = hashlib.sha256(video.read()).hexdigest()
        texts = [window["long"] for window in row["captions"]]
        yield {"clip_id": row["clip_id"], "sha256": sha256, "captions": texts, "licence": row["licence"]}


def mds(place: str) -> Iterator[dict[str, Any]]:
    """By `streaming`."""
    _without_operators_of_torchvision()
    from streaming import StreamingDataset

    for sample in StreamingDataset(local=place, shuffle=False, batch_size=1):
        sha256 = hashlib.sha256(sample["mp4"]).hexdigest()
        about = sample["about"]
        yield {"clip_id": about["clip_id"], "sha256": sha256, "captions": [sample["caption"]]}


def _without_operators_of_torchvision() -> None:
    """`streaming` imports torchvision for datasets of images; beside a PyTorch for the CPU alone its operators fail."""
    import torch

    registered = torch.library.register_fake

    def register(name: str, *arguments: Any, **options: Any) -> Any:
        is_missing = name.startswith("torchvision::") and "+cpu" in torch.__version__
        return (lambda found: found) if is_missing else registered(name, *arguments, **options)

    torch.library.register_fake = register


def energon(place: str) -> Iterator[dict[str, Any]]:
    """By `megatron-energon`, with a cooker as a training would bring it."""
    from megatron.energon import (
        Cooker,
        DefaultTaskEncoder,
        Sample,
        WorkerConfig,
        basic_sample_keys,
        edataclass,
        get_loader,
        get_train_dataset,
        stateless,
    )

    @edataclass
    class Clip(Sample):
        video: Any
        caption: str
        about: dict[str, Any]

    @stateless
    def cook(found: Any) -> Clip:
        return Clip(**basic_sample_keys(found), video=found["mp4"], caption=found["txt"], about=found["json"])

    class Encoder(DefaultTaskEncoder):
        cookers = (Cooker(cook),)

        def batch(self, samples: list[Clip]) -> list[Clip]:
            return samples

    alone = WorkerConfig(rank=0, world_size=1, num_workers=0)
    options = {"batch_size": 1, "shuffle_buffer_size": None, "max_samples_per_sequence": None, "repeat": False}
    for samples in get_loader(get_train_dataset(place, worker_config=alone, task_encoder=Encoder(), **options)):
        for clip in samples:
            frames = int(clip.video.get_metadata().video_num_frames)
            yield {"clip_id": clip.about["clip_id"], "frames": frames, "captions": [clip.caption]}


def croissant(place: str) -> Iterator[dict[str, Any]]:
    """By `mlcroissant`, which checks the file before it gives its records."""
    import mlcroissant

    found = mlcroissant.Dataset(place)
    assert not found.metadata.issues.errors, found.metadata.issues.report()
    for record in found.records("clips"):
        yield {"clip_id": record["clips/clip_id"].decode(), "sha256": record["clips/sha256"].decode()}


if __name__ == "__main__":
    for one in globals()[sys.argv[1]](sys.argv[2]):
        print("sample", json.dumps(one, ensure_ascii=False))
