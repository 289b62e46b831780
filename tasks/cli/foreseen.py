"""What a dry run would do, told on a terminal."""

from tasks.cli.show import results, table
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import load_run
from tasks.core.log import get_log
from tasks.plan.wave import PHASES, Wave, next_wave
from tasks.report.wording import count, length

COLUMNS = ("phase", "stages", "batches", "to do", "length", "left for the next wave")


def show_foreseen(catalog: Catalog, run_id: str) -> None:
    """Prints what the plans of a dry run of `curate` say, phase by phase; nothing of it stays in the catalog."""
    rows = table(*COLUMNS, right=COLUMNS[2:])
    for phase in PHASES:
        if phase != "ingest":  # it lists every source each time
            rows.add_row(*_row(phase, foreseen(catalog, run_id, phase)))
    console = results()
    console.print(rows)
    console.print("nothing was done, this was a dry run; what is still to be cut or embedded may add to later phases")


def foreseen(catalog: Catalog, run_id: str, phase: str) -> Wave:
    """What a phase of the run would take, by what is known so far."""
    with catalog.trial() as connection:
        return next_wave(connection, load_run(connection, run_id), phase, get_log())


def _row(phase: str, wave: Wave) -> tuple[str, ...]:
    unit = "videos" if phase == "videos" else "clips"
    to_do, later = count(wave.subjects, unit), str(wave.left_for_later)
    return phase, ", ".join(PHASES[phase]), str(len(wave.batches)), to_do, length(wave.seconds), later
