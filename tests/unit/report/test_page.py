"""The key of a page."""

import pytest

from tasks.core.store.base import check_key
from tasks.report.page import report_key


@pytest.mark.parametrize(
    "run_id", ["curate.one", "curate.manual__2026-03-01T10:00:00+00:00", "../../etc/x", "", "a b\n", "é" * 300]
)
def test_any_run_has_a_key_in_the_folder_of_reports(run_id: str) -> None:
    key = check_key(report_key(run_id))
    assert key.startswith("reports/")
    assert key.endswith(".html")
    assert key.count("/") == 1


def test_two_runs_never_share_a_page() -> None:
    assert report_key("curate.a:b") != report_key("curate.a/b")


def test_a_plain_id_is_its_key() -> None:
    assert report_key("curate.one") == "reports/curate.one.html"
