"""
# ingest: from folders to videos in the catalog

Lists the sources of a recipe, one batch per source; hashes and probes every file; writes a `video` row for each,
whatever it is; then starts `curate` with the same parameters.

Start it from the form (**Trigger**) whenever there may be new files, let it run by the clock (`CLIPMILL_SCHEDULE`), or
backfill a range of days. A file that is already known is not read again, so no run depends on its window: a window only
narrows what is listed and then worked on. Runs of a backfill take what is of the interval that they are for; runs by
the clock take all.

| when | then |
|---|---|
| a file cannot be read | it is a row with its reason in the report; the run stays green |
| a source cannot be reached | the other sources go on, `curate` is started |
| more sources fail than the recipe's `plan.failure_share` | `close` says so, the run ends red |
| `plan` refuses | nothing else runs; its last log line says which field of the recipe is wrong |
"""

from airflow.sdk import DAG, task_group

from clipmill_dags.catalog import batches
from clipmill_dags.flow import ended, outcome, start_curate
from clipmill_dags.forms import INGEST, run_form
from clipmill_dags.notify import on_run_failed
from clipmill_dags.runtime import AGAIN, DEFAULT_ARGS, stage
from clipmill_dags.schedule import read_schedule
from clipmill_dags.window import ANSWERS, answers

SCHEDULE = read_schedule()

with DAG(
    dag_id="ingest",
    description="From folders to videos in the catalog; then starts curate",
    schedule=SCHEDULE.timetable if SCHEDULE else None,
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    params=run_form(INGEST, SCHEDULE),
    on_failure_callback=on_run_failed,
    user_defined_macros={"answers": answers},
    tags=["clipmill"],
    doc_md=__doc__,
):

    @task_group(tooltip="Per source: list, hash, probe")
    def sources(batch):
        stage("ingest", batch=batch)

    plan = stage("plan", "--phase", "ingest", "--params", ANSWERS)
    source_batches = batches("ingest", task_id="source_batches")
    listed = sources.expand_kwargs(source_batches.output)
    listed_ended = ended("sources")
    close = stage("plan", "--phase", "close", task_id="close")
    curate = start_curate("curate", run_id="ingest.{{ run_id }}" + AGAIN, answers=ANSWERS)

    plan >> source_batches >> listed >> listed_ended
    [source_batches, listed_ended] >> curate
    [plan, listed_ended] >> close
    [curate, close] >> outcome()
