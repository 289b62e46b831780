"""`clipmill validate FILE`."""

from pathlib import Path

import pytest

from tests.fixtures.command import Command
from tests.fixtures.made_video import Coding, Shot, made_video
from tests.fixtures.model_server import model_server

pytest.importorskip("httpx2", reason="httpx2 is not installed")

ASK = '- {name: filmed, question: "Was it filmed by a camera?", reject_if: no}\n'
SAID = '{"filmed": {"answer": "no", "confidence": 0.75, "reason": "it is drawn"}}'


def test_one_file_is_asked_about(tmp_path: Path, clipmill: Command) -> None:
    video, criteria = tmp_path / "one.mp4", tmp_path / "mine.yaml"
    made_video(video, [Shot(2, seed=1)], (160, 120), Coding(fps=10))
    criteria.write_text(ASK)
    with model_server(words={"filmed": SAID}) as server:
        asked = ("validate", video, "--url", server.url, "--model", "m", "--criteria", criteria)
        said = clipmill(*asked, "--json").json
        assert said["answers"] == {"filmed": {"answer": "no", "confidence": 0.75, "reason": "it is drawn"}}
        assert said["scores"] == {"validate_filmed": 0.25, "validate_score": 0.25}
        assert (said["model"], said["pictures"], said["attempts"]) == ("m", 6, 1)
        assert "it is drawn" in clipmill(*asked).out
        server.script(words={"filmed": "I would rather not"})
        assert "no answer that can be read (malformed_answer)" in clipmill(*asked).out


def test_a_model_that_is_not_here_says_how_to_get_it(
    tmp_path: Path, clipmill: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPMILL_MODELS", str(tmp_path))
    ended = clipmill("validate", tmp_path / "one.mp4")
    assert (ended.code, "clipmill models pull smolvlm2-500m" in ended.err) == (78, True)
