"""From a StageSpec to an operator of the runtime that CLIPMILL_RUNTIME names; and what all tasks share."""

import os
from datetime import timedelta
from importlib import import_module
from typing import Any

from airflow.sdk import BaseOperator, WeightRule

from clipmill_dags.exits import ExitRetryPolicy
from clipmill_dags.pages import in_docs
from clipmill_dags.stages import BY_NAME

RUNTIMES = {
    "local": "clipmill_dags.local:LocalStageOperator",
    "kubernetes": "clipmill_dags.kubernetes:KubernetesStageOperator",
}
"""Runtime to its operator; imported only when chosen, since every task pays for what its DAG file imports."""

AGAIN = "{% if dag_run and dag_run.conf and dag_run.conf.get('again') %}.again-{{ dag_run.conf['again'] }}{% endif %}"
"""Behind the id of a run that a backfill makes again: Airflow keeps the id, to the catalog it is another run."""

RUN = "{{ dag.dag_id }}.{{ run_id }}" + AGAIN
"""How the catalog knows the run; templated."""

PARAMS = "{{ params | tojson }}"
"""The answers to the form, as JSON; templated."""

DEFAULT_ARGS = {
    "owner": "clipmill",
    # Finishes started batches before it starts others, so that the first clips are whole early.
    "weight_rule": WeightRule.UPSTREAM,
    # For Airflow's own operators, and where a stage's process vanished without an exit code (node lost).
    "retries": 5,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=10),
}


def stage(name: str, *arguments: str, task_id: str | None = None, batch: Any = None, **overrides: Any) -> BaseOperator:
    """The task that runs a stage of the list, over one batch or over the whole run."""
    spec = BY_NAME[name]
    options: dict[str, Any] = {
        "task_id": task_id or spec.name,
        "stage": spec.name,
        "arguments": ["--run", RUN, *arguments],
        "doc_md": f"{spec.doc.strip()}\n\nNeeds: {spec.needs}.{in_docs()}",
        "pool": spec.pool,
        "execution_timeout": spec.timeout,
        "retries": spec.retries,
        "retry_policy": ExitRetryPolicy(spec.retries, spec.give_up_after),
    }
    if batch is not None:
        options["arguments"] += ["--batch", batch]
        # In the UI `videos-07` will do: the rest of a batch's id is the run's.
        options |= {"batch": batch, "map_index_template": "{{ task.batch.rsplit('.', 1)[-1] }}"}
    return _operator()(**options | overrides)


def _operator() -> type[BaseOperator]:
    """The operator class of the chosen runtime. Raises ValueError naming the runtimes there are."""
    chosen = os.environ.get("CLIPMILL_RUNTIME", "local")
    if chosen not in RUNTIMES:
        raise ValueError(f"CLIPMILL_RUNTIME is {chosen!r}; there is: {', '.join(RUNTIMES)}")
    module, name = RUNTIMES[chosen].split(":")
    return getattr(import_module(module), name)
