"""`python -m tasks.report --run RUN`: writes the page about a run into the dataset's store."""

import sys

from tasks.core.catalog.work import StageRun
from tasks.core.log import Log
from tasks.core.runner import run_global
from tasks.core.store import open_store
from tasks.report.coverage import chart
from tasks.report.page import LATEST, look, read_facts, render, report_key


def write_report(stage_run: StageRun, log: Log) -> int:
    """One page written, once under the run's name and once as the latest."""
    run = stage_run.run
    with stage_run.catalog.begin() as connection:
        facts = read_facts(connection, run.run_id)
    seen = chart(facts.embedded)
    if seen.missing:
        log.warning("vectors are gone", clips=seen.missing)
    found = look(facts, seen)
    for subject, picture in found.items():
        if picture.problem:
            log.warning("no picture", clip=str(subject), message=picture.problem)
    key = report_key(run.run_id)
    store = open_store(run.recipe.output)
    page = render(facts, seen, found).encode("utf-8", "backslashreplace")
    for each in (key, LATEST):
        store.put_bytes(each, page)
    log.info("report written", url=store.url(key))
    return 1


if __name__ == "__main__":
    sys.exit(run_global("report", write_report))
