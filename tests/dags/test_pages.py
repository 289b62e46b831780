"""Tasks lead to the pages of the catalog: by a button, in their log, in their documentation."""

import logging
from types import SimpleNamespace

import pytest

from clipmill_dags import pages
from clipmill_dags.local import LocalStageOperator
from clipmill_dags.notify import told
from clipmill_dags.runtime import stage
from tests.dags.test_dags import ARROWS
from tests.dags.test_runs import UNTOUCHED

BATCH = "curate.manual__2026-11-10T00:00:00+00:00.videos-00"
PAGE = "http://pages/batches/curate.manual__2026-11-10T00%3A00%3A00%2B00%3A00.videos-00"


@pytest.fixture
def served(monkeypatch):
    monkeypatch.setattr(pages, "PAGES_URL", "http://pages")
    monkeypatch.setattr(LocalStageOperator, "operator_extra_links", (pages.CatalogPage(),))


def task(batch=BATCH):
    return SimpleNamespace(batch=batch, arguments=["--run", "curate.x+y", "--batch", batch], log=logging.getLogger("x"))


def test_the_page_of_a_batch_and_of_a_run(served):
    assert pages.page_of(task()) == PAGE
    assert pages.page_of(task(batch=None)) == "http://pages/runs/curate.x%2By"


def test_the_log_says_where_it_is_and_nothing_where_there_are_none(served, monkeypatch, caplog):
    with caplog.at_level(logging.INFO):
        pages.told(task())
        monkeypatch.setattr(pages, "PAGES_URL", "")
        pages.told(task())
    assert caplog.messages == [f"what became of it: {PAGE}"]


def test_who_is_told_of_a_failed_run_is_told_where_its_batches_are(served):
    assert told("curate.x+y", "", []).text.splitlines()[-1] == "Its batches: http://pages/runs/curate.x%2By"


def test_the_documentation_of_a_stage_leads_to_the_pages(served):
    assert "(http://pages/)" in stage("split", batch="b").doc_md


def test_without_pages_there_is_no_link():
    assert LocalStageOperator.operator_extra_links == ()
    assert "Catalog page" not in stage("split", batch="b").doc_md


def test_the_task_groups_are_those_that_pages_link_logs_by():
    # `tasks.review.pages.log_url` says `<phase>.<stage>`, and `sources.ingest`.
    groups = {name for arrows in ARROWS.values() for name in arrows if "." in name}
    assert groups == {
        *("videos.split", "videos.crop", "videos.filter", "clips.embed", "candidates.validate"),
        *("survivors.caption", "survivors.transcode", "sources.ingest"),
    }


@pytest.mark.usefixtures("metadata_db", "no_waiting", "served")
def test_a_task_that_ended_badly_has_its_button_too(dags, house):
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    house.says(ingest=2, exits={"ingest:ingest-1": [78]})
    dag_run = dags["ingest"].test(run_conf=UNTOUCHED | {"recipe": "demo"})
    is_link = (XComModel.run_id == dag_run.run_id, XComModel.key == "_link_CatalogPage")
    with create_session() as session:
        found = session.query(XComModel).filter(*is_link, XComModel.task_id == "sources.ingest").all()
        links = {row.map_index: row.value for row in found}
    name = f"ingest.{dag_run.run_id}"
    assert links == {n: f"http://pages/batches/{pages.quote(f'{name}.ingest-{n}', safe='')}" for n in (0, 1)}
