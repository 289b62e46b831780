"""Lines of the log, and progress that never falls silent."""

import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tasks.core.log import Progress, get_log, start_log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_has_time_level_event_context_and_fields(capsys: pytest.CaptureFixture[str]):
    start_log()
    get_log(run="r1", stage="split").bind(batch=7).info("clip_done", clip="c1", size_bytes=12)
    (line,) = lines(capsys)
    assert datetime.fromisoformat(str(line.pop("time"))).utcoffset() == timedelta(0)
    assert line == {
        **{"level": "info", "event": "clip_done", "run": "r1", "stage": "split", "batch": 7},
        **{"clip": "c1", "size_bytes": 12},
    }


def test_one_event_is_one_line_of_json_whatever_it_holds(capsys: pytest.CaptureFixture[str]):
    start_log()
    get_log().warning("100 %s", name="new\nline \udcff", path=Path("/x"), value=float("nan"), nested={"a": [1]})
    (line,) = lines(capsys)
    assert line["event"] == "100 %s"
    assert (line["name"], line["path"], line["value"]) == ("new\nline \udcff", "/x", "nan")
    assert line["nested"] == {"a": [1]}


def test_an_exception_is_in_the_line(capsys: pytest.CaptureFixture[str]):
    start_log()
    try:
        raise ValueError("no such thing")
    except ValueError:
        get_log(clip="c1").exception("clip_failed")
    (line,) = lines(capsys)
    assert (line["level"], line["error"]) == ("error", "ValueError: no such thing")
    assert "test_log.py" in str(line["traceback"])


def test_other_libraries_are_heard_from_warnings_up(capsys: pytest.CaptureFixture[str]):
    start_log()
    logging.getLogger("other").info("chatter")
    logging.getLogger("other").warning("trouble %d", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    trouble, old = lines(capsys)
    assert (trouble["event"], trouble["logger"]) == ("trouble 3", "other")
    assert "old" in str(old["event"])


def test_stdout_stays_clean_where_it_carries_the_answer(capsys: pytest.CaptureFixture[str]):
    start_log(to_stderr=True)
    get_log().info("seen")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["event"] == "seen"


def test_starting_twice_does_not_double_lines(capsys: pytest.CaptureFixture[str]):
    start_log()
    start_log()
    get_log().info("once")
    assert len(lines(capsys)) == 1


def test_a_terminal_gets_lines_for_people(monkeypatch: pytest.MonkeyPatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    start_log()
    get_log(stage="split").info("video_done", name="a b\n\udcff", rate=1.23456789)
    assert screen.getvalue()[8:] == " info     video_done  stage=split name='a b\\n\\udcff' rate=1.235\n"


def test_progress_speaks_while_one_step_takes_long(capsys: pytest.CaptureFixture[str]):
    start_log()
    with Progress(10, get_log(stage="split"), every_s=0.02) as progress:
        progress.advance(4)
        time.sleep(0.3)
    during = lines(capsys)[:-1]
    assert len(during) >= 3
    assert {(line["event"], line["stage"], line["done"], line["total"]) for line in during} == {
        ("progress", "split", 4, 10)
    }


def test_progress_counts_rate_and_rest(capsys: pytest.CaptureFixture[str]):
    start_log()
    now_s = 100.0
    with Progress(10, get_log(), unit="videos", clock=lambda: now_s) as progress:
        assert progress.numbers()["eta_s"] is None
        progress.advance(4)
        now_s += 2
        assert progress.numbers() == {
            **{"done": 4, "total": 10, "unit": "videos"},
            **{"elapsed_s": 2.0, "rate_per_s": 2.0, "eta_s": 3.0},
        }
        progress.advance(6)
    (last,) = lines(capsys)
    assert (last["done"], last["eta_s"]) == (10, 0.0)


def test_an_unknown_end_has_no_rest():
    assert Progress(None, get_log()).numbers()["eta_s"] is None


def test_a_terminal_gets_a_bar_with_the_log_above(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("rich")
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", screen)
    start_log()
    with Progress(3, get_log()) as progress:
        progress.advance(3)
        get_log().info("said meanwhile")
    assert "3/3" in screen.getvalue()
    assert "said meanwhile" in screen.getvalue()
