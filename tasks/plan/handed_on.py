"""What a run takes over from the run that started it: recipe and policy as they were, whatever their names mean now."""

import re

from tasks.core.catalog import Connection
from tasks.core.recipe import parse_recipe
from tasks.plan.params import RunParams
from tasks.plan.register import Registered, find_policy


def handed_on(connection: Connection, run_id: str, params: RunParams) -> Registered | None:
    """The recipe and policy of the run that started this one with the same answers; None where none did."""
    before = run_before(run_id)
    asked = connection.json(params.answers)
    row = before and connection.row("plan/run_before", run=before, params=asked)
    if not row:
        return None
    recipe = parse_recipe(row["body"], f"recipe {row['recipe_hash'][:12]}")
    return Registered(recipe, find_policy(connection, row["policy_hash"]), is_by_hash=True)


def run_before(run_id: str) -> str | None:
    """Id of the run that began what this run goes on with, as the DAGs name them; None for one that began by itself."""
    wave = re.fullmatch(r"curate\.wave-\d+\.(.+)", run_id)
    if wave:
        return f"curate.{wave[1]}"
    return run_id.removeprefix("curate.") if run_id.startswith("curate.ingest.") else None
