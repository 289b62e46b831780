"""The command as a whole: quick to start, and its errors are lines."""

import subprocess
import sys

import pytest

from tasks.cli.main import error_json, exit_code
from tasks.core.errors import (
    BadRecipe,
    CatalogUnavailable,
    ClipmillError,
    NotFound,
    SchemaMismatch,
    StoreUnavailable,
    UnreadableVideo,
)
from tests.fixtures.command import Command

HEAVY = {"av", "jinja2", "numpy", "psycopg2", "pydantic", "sqlalchemy", "yoyo"}


def test_nothing_heavy_is_imported_for_help() -> None:
    script = "import sys, tasks.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert HEAVY & set(done.stdout.split()) == set()


def test_help_names_every_command(clipmill: Command) -> None:
    ended = clipmill("--help")
    assert ended.code == 0
    names = "up down status demo run funnel explain doctor retry judge split crop score dataset recipe policy catalog"
    assert set(names.split()) <= set(ended.out.replace("│", " ").split())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreadableVideo("truncated", ""), 65),
        (CatalogUnavailable(""), 75),
        (StoreUnavailable(""), 75),
        (BadRecipe(""), 78),
        (SchemaMismatch(""), 78),
        (NotFound(""), 78),
        (ClipmillError(""), 78),
    ],
)
def test_exit_codes(error: ClipmillError, code: int) -> None:
    assert exit_code(error) == code


def test_an_error_for_programs_has_a_kind() -> None:
    assert error_json(UnreadableVideo("truncated", "x"))["error"] == {
        "kind": "truncated",
        "message": "This file cannot be read as a video: x",
        "exit_code": 65,
    }
    assert error_json(NotFound("run"))["error"] == {
        "kind": "not_found",
        "message": "The catalog does not have it: run",
        "exit_code": 78,
    }
