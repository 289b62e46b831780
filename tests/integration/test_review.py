"""The pages of runs and batches, out of a real catalog, through a real server."""

import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.tally import Tally
from tasks.review.facts import read_batch
from tasks.review.pages import log_url
from tasks.review.server import PageServer, answer
from tests.fixtures.made_catalog import (
    add_batch,
    add_boxes,
    add_clips,
    add_scores,
    add_video,
    made_run,
    started,
)

AIRFLOW = "http://127.0.0.1:8080"
HOSTILE = "file:///<script>alert(1)</script>"


@dataclass
class Made:
    """A run with a batch of two videos: one cut into clips, one that could not be."""

    run: Run
    batch: str
    clips: list[uuid.UUID]


@pytest.fixture
def made(catalog: Catalog) -> Made:
    run = made_run(catalog, "curate.manual__2026-11-10T00:00:00+00:00")
    good, bad = add_video(catalog, run, HOSTILE), add_video(catalog, run, "file:///bad.mp4")
    batch = add_batch(catalog, run, "videos", [good, bad])
    clips = add_clips(catalog, run, good, [10.0, 12.0])
    add_boxes(catalog, run, clips)
    add_scores(catalog, run, clips[:1], {"duration_s": 10})
    split = started(catalog, run, "split", batch)
    with catalog.begin() as connection:
        split.quarantine(connection, bad, "decode_error", "it stops at 3 s", 2)
    split.end(0, Tally(done=1, failed=1))
    started(catalog, run, "filter", batch).end(75, Tally(error="The store cannot be reached: no route"))
    started(catalog, run, "plan").end(0, Tally(done=1))
    return Made(run, batch, clips)


def page(catalog: Catalog, path: str, status: HTTPStatus = HTTPStatus.OK) -> str:
    found, text = answer(catalog, path, AIRFLOW)
    assert found == status
    return text


def batch_path(batch: str) -> str:
    return f"/batches/{quote(batch, safe='')}"


def test_a_batch_says_what_it_holds_how_it_ended_and_what_failed_and_why(catalog: Catalog, made: Made) -> None:
    text = page(catalog, batch_path(made.batch))
    for said in (
        "to be tried again",
        "The store cannot be reached: no route",
        "decode_error",
        "it stops at 3 s",
        "Replace the file with a whole one",
        "file:///bad.mp4",
        "failed: decode_error",
        str(made.clips[1])[:8],
        "duration_s 10",
        "2 videos",
    ):
        assert said in text
    assert text.count("<td>pending") == 2


def test_names_from_outside_are_told_and_do_nothing(catalog: Catalog, made: Made) -> None:
    text = page(catalog, batch_path(made.batch))
    assert "&lt;script&gt;alert(1)" in text
    assert "<script" not in text


def test_a_stage_leads_to_its_log(catalog: Catalog, made: Made) -> None:
    where = "dags/curate/runs/manual__2026-11-10T00%3A00%3A00%2B00%3A00/tasks/videos.split/mapped/0"
    assert f'href="{AIRFLOW}/{where}"' in page(catalog, batch_path(made.batch))
    assert 'href="None' not in answer(catalog, batch_path(made.batch), None)[1]
    source = {"run_id": "ingest.x", "phase": "ingest", "place": 3}
    for again in ("", ".again-20261130T144950"):
        url = log_url(AIRFLOW, source | {"run_id": f"ingest.x{again}"}, "ingest")
        assert url == f"{AIRFLOW}/dags/ingest/runs/x/tasks/sources.ingest/mapped/3"


def test_a_batch_of_clips_tells_of_those_alone(catalog: Catalog, made: Made) -> None:
    batch = add_batch(catalog, made.run, "survivors", made.clips[1:])
    with catalog.begin() as connection:
        facts = read_batch(connection, batch)
    assert [str(row["clip_id"]) for row in facts.clips] == [str(made.clips[1])]
    assert (facts.videos, facts.failures) == ((), ())


def test_a_batch_of_ingest_tells_how_far_its_source_is_listed(catalog: Catalog) -> None:
    run = made_run(catalog, "ingest.x")
    with catalog.begin() as connection:
        source = connection.rows("cli/sources")[0]["source_id"]
    batch = add_batch(catalog, run, "ingest", [uuid.UUID(str(source))])
    with catalog.begin() as connection:
        connection.run("ingest/record_listing", batch=batch, source=source, cursor="x", listed=7, is_whole=False)
    assert "7 files listed so far" in page(catalog, batch_path(batch))


def test_a_run_leads_to_its_batches_and_the_first_page_to_runs(catalog: Catalog, made: Made) -> None:
    run_path = f"/runs/{quote(made.run.run_id, safe='')}"
    assert run_path in page(catalog, "/")
    text = page(catalog, run_path)
    assert batch_path(made.batch) in text
    assert '<b>filter</b> <span class="bad">to be tried again</span>' in text


def test_what_is_not_there_is_said(catalog: Catalog) -> None:
    for path in ("/batches/curate.none.videos-00", "/runs/none", "/elsewhere"):
        assert "Not here" in page(catalog, path, HTTPStatus.NOT_FOUND)


def test_a_catalog_that_is_away_is_said(catalog: Catalog) -> None:
    away = Catalog("postgresql://nobody@127.0.0.1:1/none")
    assert "catalog" in page(away, "/", HTTPStatus.SERVICE_UNAVAILABLE)
    assert page(away, "/healthz") == "well"


@pytest.fixture
def served(catalog: Catalog) -> Iterator[str]:
    with PageServer(catalog, "127.0.0.1", 0, lambda: None) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_browser_is_served(served: str, made: Made) -> None:
    with urllib.request.urlopen(f"{served}{batch_path(made.batch)}?from=airflow") as given:
        assert "decode_error" in given.read().decode()
        assert given.headers["Content-Security-Policy"].startswith("default-src 'none'")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{served}/runs/none")
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(urllib.request.Request(f"{served}/", method="POST", data=b""))


def test_how_long_a_stage_takes_grows_while_it_runs() -> None:
    from tasks.review.pages import took_s

    began = datetime.now(UTC) - timedelta(minutes=2)
    assert took_s({"started_at": began, "ended_at": began + timedelta(seconds=5)}) == 5
    assert took_s({"started_at": began, "ended_at": None}) >= 120
