"""Writing a policy into the catalog, as the judge there reads it."""

from tasks.core.catalog import Connection
from tasks.core.policy import Policy
from tasks.core.score_names import SCORES

CONDITION = (
    "policy_hash", "ordinal", "scorer", "score", "min_value", "max_value", "drop_lowest", "drop_highest", "sources",
)  # fmt: skip
VARIANT = ("policy_hash", "rule_ordinal", "ordinal", "sources", "where_bit", "clauses", "because")


def write_policy(connection: Connection, policy: Policy) -> None:
    """Makes sure that a policy is in the catalog, by its hash."""
    values = {"hash": policy.policy_hash, "name": policy.name, "version": policy.version}
    if not connection.run("plan/add_policy", body=connection.json(policy.body), **values):
        return
    named = policy.policy_hash
    rules = [(named, place, rule.rule, rule.when_unmeasured) for place, rule in enumerate(policy.rules, start=1)]
    connection.copy("policy_rule", ("policy_hash", "ordinal", "rule", "when_unmeasured"), rules)
    conditions = [
        (named, place, SCORES[c.score].scorer, c.score, c.min, c.max, c.drop_lowest, c.drop_highest, _array(one.source))
        for place, one in enumerate(policy.compiled.conditions)
        for c in (one.condition,)
    ]
    connection.copy("policy_condition", CONDITION, conditions)
    variants = [
        (named, rule, place, _array(one.source), one.where, _array(one.clauses), one.because)
        for rule, asked in enumerate(policy.compiled.variants, start=1)
        for place, one in enumerate(asked, start=1)
    ]
    connection.copy("policy_variant", VARIANT, variants)


def _array(values: tuple[object, ...]) -> str:
    """The values as Postgres reads an array."""
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
