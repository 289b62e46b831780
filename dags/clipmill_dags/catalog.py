"""What the DAGs read from the catalog: ids of batches, and whether anything is left. They write nothing."""

from collections.abc import Sequence
from typing import Any

from airflow.providers.common.sql.operators.sql import BranchSQLOperator, SQLExecuteQueryOperator
from airflow.sdk import BaseHook

from clipmill_dags.runtime import RUN

CONNECTION = "clipmill_catalog"

BATCHES = "select batch_id from catalog.batch where run_id = %(run)s and phase = %(phase)s order by ordinal"
ANOTHER_WAVE = "select catalog.another_wave(%(run)s)"
FAILED = """
select stage, batch_id, error
from (
    select distinct on (stage, phase, batch_id) stage, batch_id, error, exit_code, started_at
    from catalog.stage_run where run_id = %(run)s
    order by stage, phase, batch_id, started_at desc
) last_try
where exit_code is distinct from 0
order by started_at
"""


def batches(phase: str, task_id: str) -> SQLExecuteQueryOperator:
    """The task whose output is a list of {"batch": id}, one for each batch that `plan` cut in this phase."""
    return SQLExecuteQueryOperator(
        task_id=task_id,
        conn_id=CONNECTION,
        sql=BATCHES,
        parameters={"run": RUN, "phase": phase},
        handler=batch_ids,
        doc_md=f"Reads the ids of the batches that `plan` cut in the phase `{phase}`.",
    )


def batch_ids(cursor: Any) -> list[dict[str, str]]:
    """The rows of BATCHES as arguments for `expand_kwargs`."""
    return [{"batch": batch_id} for (batch_id,) in cursor.fetchall()]


def failed_stages(run: str) -> list[tuple[str, str | None, str | None]]:
    """Stage, batch and last error of every last try in a run that did not end well, in their order."""
    hook = BaseHook.get_connection(CONNECTION).get_hook()
    return [tuple(row) for row in hook.get_records(FAILED, parameters={"run": run})]


class AskCatalog(BranchSQLOperator):
    """A branch whose parameters are templated, as those of SQLExecuteQueryOperator are."""

    template_fields: Sequence[str] = (*BranchSQLOperator.template_fields, "parameters")


def whether_another_wave(yes: str, no: str) -> AskCatalog:
    """The task that goes on to `yes` while anything of the recipe is pending, else to `no`."""
    return AskCatalog(
        task_id="another_wave",
        conn_id=CONNECTION,
        sql=ANOTHER_WAVE,
        parameters={"run": RUN},
        follow_task_ids_if_true=[yes],
        follow_task_ids_if_false=[no],
        doc_md="Asks the catalog whether anything is still pending that this run did not take.",
    )
