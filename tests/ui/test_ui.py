"""Airflow as people use it: they fill in the form, watch the grid, read logs, answer a question, start a backfill."""

import json
import re
import time
from datetime import UTC, datetime

from tasks.cli.local.airflow_api import AirflowApi
from tests.ui.conftest import AFTER, DAYS

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def open_form(page, site, dag):
    page.goto(f"{site.url}/dags/{dag}")
    page.get_by_role("button", name="Trigger").first.click()
    page.get_by_role("dialog").wait_for()


def section(page, title):
    page.get_by_role("dialog").get_by_role("button", name=title, exact=True).click()


def started(page, site, dag, act):
    """The id of the run that an act on the page starts."""
    api = AirflowApi(site.url)
    before = {run.run_id for run in api.runs(dag, LONG_AGO)}
    act()
    deadline = time.monotonic() + 30
    while not (new := {run.run_id for run in api.runs(dag, LONG_AGO)} - before):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return new.pop()


def trigger(page):
    page.get_by_role("dialog").get_by_role("button", name="Trigger").click()


def test_the_form_shows_the_essential_first_and_starts_a_run(page, site, shoot):
    open_form(page, site, "ingest")
    titles = page.get_by_role("dialog").locator("button[data-part=item-trigger]").all_inner_texts()
    assert titles[:2] == ["Source and licence", "Window"]
    section(page, "Source and licence")
    page.locator("#element_recipe").fill("cams")
    shoot("form-source")
    section(page, "Stages")
    page.locator("[name=element_limit]").fill("2")
    shoot("form-stages")
    run = started(page, site, "ingest", lambda: trigger(page))
    assert site.ended("ingest", run) == "success"
    assert site.ended("curate", f"ingest.{run}") == "success"
    page.goto(f"{site.url}/dags/curate/runs/ingest.{run}")
    page.get_by_text("outcome").first.wait_for()
    shoot("grid")
    funnel = json.loads(site("funnel", "--run", f"curate.ingest.{run}", "--json").stdout)
    (split,) = [line for line in funnel["stages"] if (line["stage"], line["unit"]) == ("split", "files")]
    assert (split["in"]["count"], split["out"]["count"]) == (3, 2)


def test_a_mapped_batch_bears_its_name_and_its_log_is_readable(page, site, shoot):
    run = AirflowApi(site.url).runs("curate", LONG_AGO)[0].run_id
    page.goto(f"{site.url}/dags/curate/runs/{run}/tasks/videos.filter/mapped/0")
    page.get_by_text("python -m tasks.filter").wait_for()
    assert page.get_by_text("videos-00").first.is_visible()
    shoot("log")


def test_a_failed_batch_says_why_and_people_are_told(page, site, shoot):
    open_form(page, site, "ingest")
    section(page, "Source and licence")
    page.locator("#element_recipe").fill("")
    page.locator("#element_source").fill(str(site.folder / "nowhere"))
    page.locator("#element_licence").fill("CC0-1.0")
    page.locator("#element_rights").fill("made by the test")
    section(page, "Dataset and policy")
    page.locator("#element_dataset").fill("lost")
    page.locator("#element_output").fill(str(site.folder / "lost"))
    run = started(page, site, "ingest", lambda: trigger(page))
    assert site.ended("ingest", run) == "failed"
    page.goto(f"{site.url}/dags/ingest/runs/{run}/tasks/sources.ingest/mapped/0")
    page.get_by_text(re.compile("nowhere")).first.wait_for()
    shoot("failed-log")
    deadline = time.monotonic() + 60
    while not site.told.exists() and time.monotonic() < deadline:
        time.sleep(1)
    told = site.told.read_text()
    assert f"clipmill: ingest.{run} failed" in told
    assert "nowhere" in told
    assert f"clipmill doctor --run ingest.{run}" in told


def test_a_form_that_is_filled_in_wrongly_is_refused_by_plan_with_the_field(page, site, shoot):
    open_form(page, site, "ingest")
    section(page, "Source and licence")
    page.locator("#element_recipe").fill("cams")
    page.locator("#element_source").fill("/somewhere")
    run = started(page, site, "ingest", lambda: trigger(page))
    assert site.ended("ingest", run) == "failed"
    page.goto(f"{site.url}/dags/ingest/runs/{run}/tasks/plan")
    page.get_by_text(re.compile("a source needs its licence")).first.wait_for()
    shoot("refused-log")


def test_a_person_is_asked_before_a_version_goes_out(page, site, shoot):
    api = AirflowApi(site.url)
    open_form(page, site, "curate")
    section(page, "Dataset and policy")
    page.locator("#element_recipe").fill("cams")
    section(page, "Output")
    page.get_by_text("Ask before publishing").click()
    page.locator("[name=element_approval]").set_checked(True, force=True)
    shoot("form-approval")
    run = started(page, site, "curate", lambda: trigger(page))
    deadline = time.monotonic() + 300
    while {state.task_id: state.state for state in api.task_states("curate", run)}.get("approve") != "awaiting_input":
        assert time.monotonic() < deadline
        time.sleep(1)
    published = site.folder / "dataset" / "versions"
    before = sorted(published.iterdir())
    page.goto(f"{site.url}/dags/curate/runs/{run}/tasks/approve/required_actions")
    page.get_by_text("Publish the next version of this dataset?").first.wait_for()
    shoot("question")
    page.get_by_role("button", name="Approve").click()
    assert site.ended("curate", run) == "success"
    assert len(sorted(published.iterdir())) == len(before) + 1


def test_days_gone_by_are_backfilled_by_their_intervals(page, site, shoot):
    assert site("backfill", *DAYS[:2]).returncode == 78, "there is no schedule yet"
    assert site("schedule", "cams", f"0 0 {','.join(day[-2:] for day in (*DAYS, AFTER))} * *").returncode == 0
    time.sleep(40)
    open_form(page, site, "ingest")
    page.get_by_text("Run this Dag for a range of dates").click()
    page.get_by_text("Reprocess Behavior").wait_for()
    shoot("backfill-form")
    page.keyboard.press("Escape")
    done = site("backfill", *DAYS[:2])
    assert done.returncode == 0, done.stderr
    api = AirflowApi(site.url)
    runs = sorted(run.run_id for run in api.runs("ingest", LONG_AGO) if run.run_id.startswith("backfill"))
    assert len(runs) == 2
    for run, *window in zip(runs, DAYS, DAYS[1:], strict=False):
        assert site.ended("ingest", run) == "success"
        (plan,) = [task for task in api.task_states("ingest", run) if task.task_id == "plan"]
        said = dict(re.findall(r'"(window_\w+)": "([^"T]+)', api.log("ingest", run, plan)))
        assert said == dict(zip(("window_from", "window_to"), window, strict=True))
    page.goto(f"{site.url}/dags/ingest/backfills")
    page.wait_for_load_state("networkidle")
    shoot("backfills")
