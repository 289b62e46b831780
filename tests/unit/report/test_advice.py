"""Every kind of failure that the code can give has advice of its own."""

import re
from pathlib import Path

from tasks.ingest.file import PROBLEMS
from tasks.report.advice import OF_FILE, OF_PLACE, advice

TASKS = Path(__file__).parents[3] / "tasks"
KIND = re.compile(r'(?:UnreadableVideo|Failed)\(\s*"([a-z_]+)"')


def kinds_in_code() -> set[str]:
    """Kinds that are written out where they are raised, and those of listing and of the runner."""
    stages = [path for path in TASKS.rglob("*.py") if "cli" not in path.relative_to(TASKS).parts]
    return {kind for path in stages for kind in KIND.findall(path.read_text())} | set(PROBLEMS) | {"killed"}


def test_no_kind_is_without_advice() -> None:
    assert kinds_in_code() - OF_FILE.keys() - OF_PLACE.keys() == set()


def test_what_can_be_mended_names_the_command() -> None:
    assert advice("killed").text.endswith("`clipmill retry --kind killed` and `clipmill run RECIPE`.")
    assert "`clipmill retry --kind never_heard_of`" in advice("never_heard_of").text
    assert not advice("killed").is_of_file
    assert advice("empty_file").is_of_file
