"""How runs go on after a failure, follow each other, and end red or green."""

import re

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import TriggerRule

from clipmill_dags.runtime import PARAMS


def ended(what: str) -> EmptyOperator:
    """A join that forgives: it succeeds when all before it has ended, however. What follows it must also hang on the
    step that had to succeed, or a refused plan would go on as if its batches had merely failed."""
    return EmptyOperator(task_id=f"{what}_ended", trigger_rule=TriggerRule.ALL_DONE)


def outcome() -> EmptyOperator:
    """The last task: red as soon as anything before it failed, and with it the run."""
    return EmptyOperator(
        task_id="outcome",
        trigger_rule=TriggerRule.NONE_FAILED,
        doc_md="Red when any step before it failed: look for the red one. Nothing runs here.",
    )


def start_curate(task_id: str, run_id: str) -> TriggerDagRunOperator:
    """The task that starts a run of `curate` with this run's answers to the form; does nothing if it is there."""
    return TriggerDagRunOperator(
        task_id=task_id,
        trigger_dag_id="curate",
        trigger_run_id=run_id,
        # A name of its own makes a second try harmless; without a date, runs of the same second do not collide.
        skip_when_already_exists=True,
        logical_date=None,
        conf=PARAMS,
        doc_md="Starts a run of `curate` with the same parameters.",
    )


def next_wave_id(run_id: str) -> str:
    """Id of the run that follows: `wave-2.X` after X, `wave-3.X` after `wave-2.X`."""
    wave, first = re.fullmatch(r"(?:wave-(\d+)\.)?(.*)", run_id).groups()
    return f"wave-{int(wave or 1) + 1}.{first}"
