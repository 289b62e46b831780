"""`python -m tasks.plan --run RUN --phase PHASE [--params JSON]`: one transaction per phase."""

import argparse
import sys
from collections.abc import Sequence

from tasks.core.catalog import Connection
from tasks.core.catalog.work import Run, StageRun
from tasks.core.errors import StageRefused
from tasks.core.log import Log
from tasks.core.runner import supervise
from tasks.core.store import open_store
from tasks.core.tally import Tally
from tasks.plan.batches import Batch
from tasks.plan.handed_on import handed_on
from tasks.plan.params import parse_params
from tasks.plan.register import add_run, resolve
from tasks.plan.wave import PHASES, keys_of, next_wave


def register(connection: Connection, run_id: str, params: str | None) -> None:
    """Makes sure that the run is in the catalog. Raises StageRefused where its output cannot hold a dataset."""
    if params is not None:
        chosen = parse_params(params)
        registered = handed_on(connection, run_id, chosen) or resolve(connection, chosen)
        if add_run(connection, run_id, chosen, registered):
            open_store(registered.recipe.output).check()


def plan(stage_run: StageRun, log: Log, phase: str) -> int:
    """The number of batches cut for a phase."""
    run = stage_run.run
    with stage_run.catalog.trial() if run.is_dry else stage_run.catalog.begin() as connection:
        wave = next_wave(connection, run, phase, log)
        if not run.is_dry:
            _write(connection, run, phase, wave.batches, keys_of(run, phase))
    log.info(
        "would_plan" if run.is_dry else "planned",
        phase=phase,
        batches=len(wave.batches),
        subjects=wave.subjects,
        hours=round(wave.seconds / 3600, 3),
        left_for_later=wave.left_for_later,
    )
    return len(wave.batches)


def _write(connection: Connection, run: Run, phase: str, batches: Sequence[Batch], keys: list[str]) -> None:
    """Batches with the members that could be reserved; what another run holds is left to it."""
    fence = connection.value("work/next_fence")
    for batch in batches:
        batch_id = f"{run.run_id}.{phase}-{batch.ordinal:02d}"
        connection.run(
            "plan/add_batch", batch=batch_id, run=run.run_id, phase=phase, ordinal=batch.ordinal, seconds=batch.seconds
        )
        connection.copy("batch_member", ("batch_id", "subject_id"), [(batch_id, member) for member in batch.members])
        seconds = run.recipe.plan.reservation_s
        connection.run("work/reserve", keys=keys, batch=batch_id, run=run.run_id, fence=fence, seconds=seconds)
        if phase != "ingest":  # a source has to be listed by each run, if need be after the run that lists it now
            connection.run("plan/drop_unreserved", keys=keys, batch=batch_id, fence=fence)


def close(stage_run: StageRun, log: Log) -> int:
    """Frees what the run still holds. Raises StageRefused where too many of its batches failed."""
    run = stage_run.run
    with stage_run.catalog.begin() as connection:
        connection.run("work/release_run", run=run.run_id)
        connection.run("plan/close_run", run=run.run_id)
        counts = connection.row("plan/batch_outcomes", run=run.run_id) or {"batches": 0, "failed": 0}
    batches, failed = int(counts["batches"]), int(counts["failed"])
    log.info("closed", batches=batches, failed_batches=failed)
    if batches and failed / batches > run.recipe.plan.failure_share:
        raise StageRefused(f"{failed} of {batches} batches failed; `clipmill doctor` says what to do")
    return batches


def main() -> int:
    """The exit code of one phase."""
    parser = argparse.ArgumentParser(prog="python -m tasks.plan")
    parser.add_argument("--run", required=True, help="id of the run: DAG name, a dot, the DAG run's id")
    parser.add_argument("--phase", required=True, choices=[*PHASES, "close"])
    parser.add_argument("--params", help="JSON of what the person chose; wanted where the run is registered")
    arguments = parser.parse_args()

    def work(stage_run: StageRun, log: Log, tally: Tally) -> None:
        closing = arguments.phase == "close"
        tally.done = close(stage_run, log) if closing else plan(stage_run, log, arguments.phase)

    return supervise(
        "plan",
        arguments.run,
        None,
        work,
        prepare=lambda connection: register(connection, arguments.run, arguments.params),
        phase=arguments.phase,
    )


if __name__ == "__main__":
    sys.exit(main())
