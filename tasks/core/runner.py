"""The process of a stage: its arguments, its record in the catalog, its signals and its exit code."""

import argparse
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from tasks.core.batch import BatchWork
from tasks.core.catalog import Connection, open_catalog
from tasks.core.catalog.work import StageRun, load_run
from tasks.core.errors import ClipmillError, StageRefused, TryAgain
from tasks.core.log import Log, get_log, start_log
from tasks.core.model import content_id
from tasks.core.scratch import sweep_scratch
from tasks.core.stage import Stage
from tasks.core.tally import Tally

EXIT_DONE, EXIT_BUG, EXIT_UNREADABLE, EXIT_TRY_AGAIN, EXIT_REFUSED = 0, 1, 65, 75, 78


class Stopping(BaseException):
    """SIGTERM came; no library that tries again after any Exception may swallow it."""


Work = Callable[[StageRun, Log, Tally], None]
"""What a stage does; it counts as it goes."""


def run_stage(stage: Stage[Any, Any]) -> int:
    """The exit code of `python -m tasks.<stage> --run RUN --batch BATCH`."""
    arguments = _parse(stage.name, batch=True)

    def work(stage_run: StageRun, log: Log, tally: Tally) -> None:
        if not stage_run.run.keys_of(stage.name):
            log.info("left_out", note="the recipe does without this stage")
            return
        batch: BatchWork[Any, Any] = BatchWork(stage, stage_run, log, tally)
        try:
            batch.run()
        except (Stopping, TryAgain):
            batch.stop()
            raise
        except StageRefused:
            stage_run.withdraw_attempts()
            raise

    return supervise(stage.name, arguments.run, arguments.batch, work)


def run_global(name: str, make: Callable[[StageRun, Log], int]) -> int:
    """The exit code of `python -m tasks.<stage> --run RUN`: a stage that works on the whole at once.

    `make` returns how many things it made.
    """
    arguments = _parse(name, batch=False)

    def work(stage_run: StageRun, log: Log, tally: Tally) -> None:
        tally.done = make(stage_run, log)

    return supervise(name, arguments.run, None, work)


def _parse(name: str, *, batch: bool) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m tasks.{name}")
    parser.add_argument("--run", required=True, help="id of the run, as `plan` registered it")
    if batch:
        parser.add_argument("--batch", required=True, help="id of the batch, as `plan` cut it")
    return parser.parse_args()


def supervise(
    name: str,
    run_id: str,
    batch: str | None,
    work: Work,
    prepare: Callable[[Connection], None] | None = None,
    phase: str | None = None,
) -> int:
    """The exit code of one stage process: opens the catalog, records the stage run, maps every way of ending.

    `prepare` runs in the transaction that looks the run up.
    """
    start_log()
    log = get_log(stage=name, run=run_id, batch=batch)
    stage_run: StageRun | None = None
    code, tally = EXIT_BUG, Tally()
    signal.signal(signal.SIGTERM, _stop)
    sweep_scratch()
    try:
        stage_run = _begin(name, run_id, batch, prepare, phase)
        work(stage_run, log, tally)
        code = EXIT_DONE
    except Stopping:
        code, tally.error = EXIT_TRY_AGAIN, "stopped by SIGTERM; what was finished is kept"
        log.warning(tally.error)
    except ClipmillError as error:
        code, tally.error = exit_code(error), str(error)
        log.error(tally.error, exit_code=code)
    except OSError as error:
        code, tally.error = EXIT_TRY_AGAIN, f"{type(error).__name__}: {error}"
        log.error(tally.error, exit_code=code)
    except Exception as error:
        tally.error = f"a bug: {type(error).__name__}: {error}"
        log.exception(tally.error, exit_code=code)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _record_end(stage_run, log, code, tally)
    used = tally.used
    log.info(
        "end",
        exit_code=code,
        done=tally.done,
        failed=tally.failed,
        cpu_s=round(used.cpu_s, 2),
        peak_bytes=used.peak_bytes,
    )
    return code


def exit_code(error: ClipmillError) -> int:
    """75 where trying again may help, 78 where it cannot."""
    if isinstance(error, TryAgain):
        return EXIT_TRY_AGAIN
    return EXIT_REFUSED if isinstance(error, StageRefused) else EXIT_BUG


def _begin(
    name: str, run_id: str, batch: str | None, prepare: Callable[[Connection], None] | None, phase: str | None
) -> StageRun:
    catalog = open_catalog()
    with catalog.begin() as connection:
        if prepare is not None:
            prepare(connection)
        run = load_run(connection, run_id)
        if batch is not None and connection.value("work/batch_exists", batch=batch, run=run_id) is None:
            raise StageRefused(f"run {run_id!r} has no batch {batch!r}; `plan` cuts them")
    made_of = (run_id, name, batch, os.getpid(), time.time_ns())
    stage_run = StageRun(catalog, run, name, batch, content_id("stage_run", *made_of), phase=phase)
    stage_run.start()
    return stage_run


def _record_end(stage_run: StageRun | None, log: Log, code: int, tally: Tally) -> None:
    if stage_run is None:
        return
    try:
        stage_run.end(code, tally)
    except ClipmillError as error:
        log.warning("could not record the end", message=str(error))


def _stop(signum: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopping
