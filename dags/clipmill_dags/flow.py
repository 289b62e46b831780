"""How runs go on after a failure, follow each other, wait for a person, and end red or green."""

import re
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import TriggerRule

from clipmill_dags.chosen import is_left_out
from clipmill_dags.runtime import PARAMS, RUN


def ended(what: str) -> EmptyOperator:
    """A join that forgives: it succeeds when all before it has ended, however. What follows it must also hang on the
    step that had to succeed, or a refused plan would go on as if its batches had merely failed."""
    return EmptyOperator(task_id=f"{what}_ended", trigger_rule=TriggerRule.ALL_DONE)


def outcome() -> EmptyOperator:
    """The last task, and with it the run: red as soon as one of the steps before it failed.

    Batches are none of them: `close`, which is, fails where more of them failed than the recipe allows.
    """
    return EmptyOperator(
        task_id="outcome",
        trigger_rule=TriggerRule.NONE_FAILED,
        doc_md="Red when a step failed, or more batches than the recipe allows (`close` says so). Nothing runs here.",
    )


class Approval(ApprovalOperator):
    """Waits for a person where the run asks for it; passes at once where it does not."""

    def execute(self, context: Any) -> None:
        """Park until somebody answers, without a slot."""
        if not context["params"].get("approval") or is_left_out("publish", context):
            self.log.info("nobody needs to be asked")
            return
        super().execute(context)


def approval(task_id: str) -> Approval:
    """The task before a version goes out: a person's yes, where the form asks for it; a no leaves it unpublished."""
    return Approval(
        task_id=task_id,
        subject="Publish the next version of this dataset?",
        body=f"Run `{RUN}` has packed what its policy keeps.\n\n"
        f"- what went in and out: `clipmill funnel --run {RUN}`\n"
        f"- what is wrong, if anything: `clipmill doctor --run {RUN}`\n\n"
        "*Reject* publishes nothing; the clips stay where they are, and the next run asks again.",
        doc_md="Asks a person where the form's *Ask before publishing* is on (Required Actions); else passes.",
    )


def start_curate(task_id: str, run_id: str, answers: str = PARAMS) -> TriggerDagRunOperator:
    """The task that starts a run of `curate` with this run's answers to the form; does nothing if it is there."""
    return TriggerDagRunOperator(
        task_id=task_id,
        trigger_dag_id="curate",
        trigger_run_id=run_id,
        # A name of its own makes a second try harmless; without a date, runs of the same second do not collide.
        skip_when_already_exists=True,
        logical_date=None,
        conf=answers,
        doc_md="Starts a run of `curate` with the same parameters.",
    )


def next_wave_id(run_id: str) -> str:
    """Id of the run that follows: `wave-2.X` after X, `wave-3.X` after `wave-2.X`."""
    wave, first = re.fullmatch(r"(?:wave-(\d+)\.)?(.*)", run_id).groups()
    return f"wave-{int(wave or 1) + 1}.{first}"
