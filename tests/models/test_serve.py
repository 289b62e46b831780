"""The client against a real server: `transformers serve` with a checkpoint of a few random weights, on this machine."""

import importlib.util
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.core.settings_language import VisionLanguageSettings
from tasks.models.ask import Answer, Question
from tasks.models.served import Served
from tests.models.language_checkpoints import save_language_model
from tests.models.made_questions import question

for needed in ("torch", "transformers", "fastapi", "uvicorn", "openai", "accelerate", "torchvision"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed, which `transformers serve` needs", allow_module_level=True)

START_S = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and the model's name."""
    folder = tmp_path_factory.mktemp("served")
    save_language_model("qwen3_vl", folder)
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    program = Path(sys.executable).with_name("transformers")
    command = [sys.executable, program, "serve", folder, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    process = subprocess.Popen([str(part) for part in command], env=os.environ | {"HF_HUB_OFFLINE": "1"})
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(START_S):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, TimeoutError):
            assert process.poll() is None, "it ended"
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise AssertionError("it never came up")


def test_a_real_server_answers_every_question(server: tuple[str, str]) -> None:
    url, model = server
    backend = Served(
        VisionLanguageSettings.model_validate({"backend": "openai", "model": model, "url": url, "give_up_s": 60})
    )
    words = [Question(uuid.uuid4(), (), f"What is {at}?", answer_tokens=64) for at in range(4)]
    asked = words + [question(2, f"What is in {at}?") for at in range(4)]
    for one in asked:
        backend.offer(one)
    backend.finish()
    found = [backend.reply_to(one.question_id) for one in asked]
    assert [one.question_id for one in found if one] == [one.question_id for one in asked]
    # Random weights may end an answer before its first word.
    counted = [[one.prompt_tokens for one in part if isinstance(one, Answer)] for part in (found[:4], found[4:])]
    assert all(counted), found
    assert min(counted[1]) > max(counted[0]) > 0, "the pictures were not seen"
