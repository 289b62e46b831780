"""How much of a model's own speed is left in a stage's process: against `model.generate` alone on the same batches.

    python -m bench caption_gpu                                    # a tiny checkpoint of random weights
    CLIPMILL_BENCH_MODEL=qwen3-vl-4b python -m bench caption_gpu   # a model of the model store, on the GPU

The same questions go through the backend of `validate` and `caption`, pictures as JPEG and all; and, prepared
beforehand, through the network alone. Overlap is the share of preparation that was hidden behind generation.
"""

import io
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.figure import Figure
from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Picture, Question
from tasks.models.folder import model_folder
from tasks.models.generated import Generated
from tasks.models.language_network import LanguageNetwork
from tests.models.language_checkpoints import save_language_model

VARIABLE = "CLIPMILL_BENCH_MODEL"
BATCH, BATCHES = 8, 5
PICTURES, WIDTH_PX, HEIGHT_PX = 8, 640, 360
TOKENS, TINY_TOKENS = 256, 48
ROUNDS = 3
AT_LEAST = 0.9


def figures() -> Iterator[Figure]:
    """Throughput against the network alone, and the overlap."""
    named = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory() as made:
        if named is None:
            save_language_model("qwen3_vl", Path(made), ends_soon=False)
        folder = Path(made) if named is None else model_folder(named)
        yield from measured(folder, named or "qwen3-vl-2b", TINY_TOKENS if named is None else TOKENS)


def measured(folder: Path, model: str, tokens: int) -> Iterator[Figure]:
    """The figures of one checkpoint."""
    network = LanguageNetwork(folder)
    questions = [question(at, tokens) for at in range(BATCH * BATCHES)]
    batches = [questions[at : at + BATCH] for at in range(0, len(questions), BATCH)]
    network.answers(network.prepared(batches[0]), batches[0], 0.0, threading.Event())  # warm
    began = time.perf_counter()
    prepared = [network.prepared(batch) for batch in batches]
    prepare_s = time.perf_counter() - began
    # In turns, and the best of each: another process that takes the machine for a while is nobody's fault.
    rounds = [
        (through_network(network, prepared, batches), through_backend(network, folder, model, questions))
        for _ in range(ROUNDS)
    ]
    alone_s, backend_s = (min(times) for times in zip(*rounds, strict=True))
    on = network.device.name
    # Beside a network of a few weights it is the pictures that take the time.
    goal = AT_LEAST if VARIABLE in os.environ else None
    yield Figure(f"share of the network's own throughput ({on})", alone_s / backend_s, at_least=goal)
    yield Figure(f"answers a second ({on})", len(questions) / backend_s, "1/s")
    yield Figure(f"preparation by generation ({on})", prepare_s / alone_s)
    hidden_s = prepare_s - max(0.0, backend_s - alone_s)
    yield Figure(f"share of preparation hidden behind generation ({on})", max(0.0, hidden_s) / prepare_s)


def through_network(network: LanguageNetwork, prepared: list[Any], batches: list[list[Question]]) -> float:
    """Seconds that the network alone takes for them all."""
    began = time.perf_counter()
    for inputs, batch in zip(prepared, batches, strict=True):
        network.answers(inputs, batch, 0.0, threading.Event())
    return time.perf_counter() - began


def through_backend(network: LanguageNetwork, folder: Path, model: str, questions: list[Question]) -> float:
    """Seconds that the backend takes for them all, its network loaded before."""
    settings = VisionLanguageSettings.model_validate({"model": model, "batch": BATCH})
    with patch("tasks.models.generated.LanguageNetwork", lambda _: network):
        backend = Generated(settings, folder)
        began = time.perf_counter()
        for one in questions:
            backend.offer(one)
        backend.finish()
    return time.perf_counter() - began


def question(seed: int, tokens: int) -> Question:
    """One with pictures of noise."""
    from PIL import Image

    random = np.random.default_rng(seed)
    pictures = []
    for at in range(PICTURES):
        small = random.integers(0, 256, (HEIGHT_PX // 8, WIDTH_PX // 8, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(small).resize((WIDTH_PX, HEIGHT_PX)).save(file, "JPEG")
        pictures.append(Picture(float(at), file.getvalue()))
    return Question(uuid.uuid4(), tuple(pictures), "Describe the video.", answer_tokens=tokens)
