"""What another policy would make of a run's clips, before or while it is put in force."""

import uuid
from dataclasses import dataclass, fields
from typing import Any

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.work import load_run
from tasks.core.keys import basis, cluster_key
from tasks.core.policy import Policy
from tasks.plan.clusters import settle_clusters
from tasks.plan.policies import write_policy
from tasks.report.effects import Effect, Effects, alike, effects
from tasks.report.funnel import Amount, RunFacts, newest_run, read_run
from tasks.report.policies import AppliedPolicy, with_numbers


@dataclass(frozen=True, slots=True)
class Change:
    """A policy over a run's clips, beside the run's own."""

    run: RunFacts
    applied: AppliedPolicy
    basis: str
    effects: Effects
    resolved: tuple[Row, ...]
    """What relative bounds came to: rows of judge/resolved."""
    cluster_key: uuid.UUID | None
    """What the policy's clusters of copies are made by; None where it keeps copies."""


def foresee(connection: Connection, policy: Policy, run_id: str | None = None) -> Change:
    """What the policy would make of the clips of a run, the newest that curates where none is named.

    The policy is written on the way: where it is only to be looked at, the transaction is rolled back. Raises NotFound
    where there is no such run, BadRecipe where the run does not measure what the policy needs.
    """
    facts = read_run(connection, run_id or newest_run(connection))
    run = load_run(connection, facts.run_id)
    found = str(basis(policy, run.keys, run.recipe))
    clusters = cluster_key(policy, run.keys, run.recipe)
    write_policy(connection, policy)
    groups = connection.rows("judge/foresee", run=run.run_id, policy=policy.policy_hash, basis=found)
    resolved = connection.rows("judge/resolved", policy=policy.policy_hash, basis=found)
    done = effects(policy, [alike(row) for row in groups])
    return Change(facts, with_numbers(policy, resolved), found, done, tuple(resolved), clusters)


def judge(connection: Connection, change: Change) -> int:
    """The number of verdicts written, of what was foreseen: those new or changed."""
    policy_hash = change.applied.policy.policy_hash
    return int(connection.value("judge/judge", run=change.run.run_id, policy=policy_hash, basis=change.basis))


def copies(connection: Connection, change: Change) -> tuple[Amount, Amount] | None:
    """What the run sets aside as copies, and what it would under the policy; None where their limits are the same.

    It is found by doing it, verdicts and all: for a transaction that is rolled back.
    """
    now = connection.row("plan/find_policy", name=change.run.policy_hash) or {}
    if now["body"].get("duplicates") == change.applied.policy.body.get("duplicates"):
        return None
    run_id, trial = change.run.run_id, f"{change.run.run_id}.trial"
    judge(connection, change)
    made_by = {"policy": change.applied.policy.policy_hash, "basis": change.basis, "cluster_key": change.cluster_key}
    connection.run("judge/add_trial_run", run=run_id, trial=trial, **made_by)
    settle_clusters(connection, trial)
    before, after = (connection.row("judge/copies", run=one) or {} for one in (run_id, trial))
    return Amount(before["clips"], before["seconds"]), Amount(after["clips"], after["seconds"])


def as_json(change: Change) -> dict[str, Any]:
    """The change as one stable JSON object."""
    found, run, policy = change.effects, change.run, change.applied.policy
    return {
        "run": {name: getattr(run, name) for name in ("run_id", "recipe", "dataset")},
        "policy": {"name": policy.name, "version": policy.version, "policy_hash": policy.policy_hash},
        "before": {"name": run.policy, "version": run.policy_version, "policy_hash": run.policy_hash},
        "judged": amount(found.judged),
        "outcomes": {outcome: amount(found.became(outcome)) for outcome in ("keep", "drop", "hold")},
        "changes": [
            {"before": old, "after": new, **amount(changed)}
            for (old, new), changed in sorted(found.outcomes.items(), key=str)
            if old != new
        ],
        "rules": [_rule(change, effect) for effect in found.rules],
        "resolved": list(change.resolved),
    }


def _rule(change: Change, effect: Effect) -> dict[str, Any]:
    amounts = {one.name: amount(getattr(effect, one.name)) for one in fields(effect) if one.name != "rule"}
    return {"rule": effect.rule, "asks": change.applied.asks(effect.rule), **amounts}


def amount(of: Amount) -> dict[str, float]:
    """Clips and hours."""
    return {"clips": of.count, "hours": round(of.seconds / 3600, 6)}
