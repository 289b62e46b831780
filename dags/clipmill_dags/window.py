"""The window of time that a run of `ingest` looks at."""

import json
from typing import Any

ANSWERS = "{{ answers(params, dag_run) }}"
"""The answers to the form as JSON, with the window of a run that is for an interval; templated."""


def answers(params: Any, dag_run: Any) -> str:
    """The answers; those of a backfill's run with the interval that it is for, unless the form says another."""
    said = {name: value for name, value in dict(params).items() if name != "again"}
    # An enumeration of strings: equal to its word, while str() of it is another.
    if dag_run.run_type == "backfill" and not (said.get("window_from") or said.get("window_to")):
        said["window_from"] = dag_run.data_interval_start.isoformat()
        said["window_to"] = dag_run.data_interval_end.isoformat()
    return json.dumps(said)
