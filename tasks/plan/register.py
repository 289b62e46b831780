"""Writing a run into the catalog: its recipe, policy, sources, and the keys of all its stages."""

import re
from dataclasses import dataclass
from pathlib import Path

from tasks.core.catalog import Connection, Row
from tasks.core.errors import BadRecipe
from tasks.core.keys import basis, cluster_key, stage_keys
from tasks.core.model import content_id, dataset_id
from tasks.core.policy import Policy, is_file, load_policy, shipped_policies
from tasks.core.recipe import Recipe, SourceSettings, load_recipe, parse_recipe
from tasks.core.settings_rights import USES, RightsSettings, like_patterns
from tasks.plan.params import RunParams
from tasks.plan.policies import write_policy

SHORTEST_BEGINNING = 6
"""Digits of a hash that name a recipe, where they are of one alone."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A recipe with its policy, checked against each other."""

    recipe: Recipe
    policy: Policy
    named: Recipe | None = None
    """What the recipe's name means, where the recipe is that with changes for one run."""
    is_by_hash: bool = False
    """Whether a hash named it: what the recipe's name means is then left as it is."""


def resolve(connection: Connection, params: RunParams) -> Registered:
    """The recipe and policy that the params mean. Raises BadRecipe saying what is wrong and what there is."""
    if params.recipe is None:
        recipe = params.made_recipe()
        return Registered(recipe, find_policy(connection, recipe.policy))
    named = params.with_source(_find_recipe(connection, params.recipe))
    recipe = params.changed(named)
    is_by_hash = params.source is None and re.fullmatch(r"[0-9a-f]{64}", params.recipe) is not None
    return Registered(recipe, find_policy(connection, recipe.policy), None if recipe == named else named, is_by_hash)


def _find_recipe(connection: Connection, name: str) -> Recipe:
    if "/" in name:
        return load_recipe(Path(name))
    row = connection.row("plan/find_recipe", name=name) or _of_hash(connection, name)
    if row is None:
        known = ", ".join(found["name"] for found in connection.rows("plan/recipe_names")) or "none yet"
        raise BadRecipe(f"recipe: none is called {name!r} (there are: {known}); `clipmill recipe add FILE` adds one")
    return parse_recipe(row["body"], f"recipe {name}")


def _of_hash(connection: Connection, beginning: str) -> Row | None:
    """The recipe whose hash begins so; six digits at least, so that a name that is mistyped means none."""
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST_BEGINNING},64}}", beginning):
        return None
    rows = connection.rows("plan/recipes_of_hash", beginning=beginning)
    if len(rows) > 1:
        several = ", ".join(f"{row['name']} {row['recipe_hash']}" for row in rows)
        raise BadRecipe(f"recipe: {beginning!r} may mean {several}; give more of the hash")
    return rows[0] if rows else None


def add_recipe(connection: Connection, recipe: Recipe, *, is_variant: bool = False) -> Recipe:
    """The recipe as it is now known by its hash, and by its name; the newest of a name is what the name means.

    A variant is known by its hash alone. A policy that is a file goes into the catalog with it: a pod has no such file.
    """
    if is_file(recipe.policy):
        recipe = recipe.model_copy(update={"policy": add_policy(connection, recipe.policy)})
    body = connection.json(recipe.model_dump(mode="json"))
    connection.run("plan/add_recipe", hash=recipe.recipe_hash, name=recipe.name, body=body, variant=is_variant)
    return recipe


def add_policy(connection: Connection, path: str) -> str:
    """The hash by which the policy of a file is now known."""
    policy = load_policy(path)
    write_policy(connection, policy)
    return policy.policy_hash


def find_policy(connection: Connection, named: str) -> Policy:
    """The shipped policy of that name, the file's, or the one the catalog knows by this hash or name."""
    if is_file(named) or named in shipped_policies():
        return load_policy(named)
    row = connection.row("plan/find_policy", name=named)
    return Policy.model_validate(row["body"]) if row is not None else load_policy(named)


def add_run(connection: Connection, run_id: str, params: RunParams, registered: Registered) -> bool:
    """Whether the run is new; does nothing where it is there already, so that a retry means the same run."""
    policy = registered.policy
    _refuse_foreign_output(connection, registered.recipe)
    named, is_by_hash = registered.named, registered.is_by_hash
    if named is not None:
        add_recipe(connection, named, is_variant=is_by_hash)
    recipe = add_recipe(connection, registered.recipe, is_variant=is_by_hash or named is not None)
    keys = stage_keys(recipe)
    write_policy(connection, policy)
    added = connection.run(
        "plan/add_run",
        run=run_id,
        dag=run_id.split(".", 1)[0],
        recipe=recipe.recipe_hash,
        policy=policy.policy_hash,
        basis=basis(policy, keys, recipe),
        cluster_key=cluster_key(policy, keys, recipe),
        limit=params.limit,
        params=connection.json(params.answers),
        window_from=params.window_from,
        window_to=params.window_to,
    )
    if not added:
        return False
    rows = [(run_id, key.name, key.stage, key.key, key.fingerprint) for key in keys.values()]
    connection.copy("run_key", ("run_id", "name", "stage", "stage_key", "fingerprint"), rows)
    for source in recipe.sources:
        _add_source(connection, run_id, source)
    _add_demand(connection, run_id, recipe.demands)
    dataset = dataset_id(recipe.output, recipe.dataset)
    connection.run("plan/add_dataset", dataset=dataset, name=recipe.dataset, store_url=recipe.output)
    return True


def _add_demand(connection: Connection, run_id: str, demands: RightsSettings) -> None:
    if demands.asks_nothing:
        return
    connection.run(
        "plan/add_demand",
        run=run_id,
        allow=like_patterns(demands.allow),
        deny=like_patterns(demands.deny),
        **{use: getattr(demands, use) for use in USES},
    )


def _refuse_foreign_output(connection: Connection, recipe: Recipe) -> None:
    other = connection.value("plan/other_dataset", store_url=recipe.output, name=recipe.dataset)
    if other is not None:
        raise BadRecipe(f"output: {recipe.output} holds the dataset {other!r}; give {recipe.dataset!r} its own folder")


def _add_source(connection: Connection, run_id: str, source: SourceSettings) -> None:
    source_id = content_id("source", source.kind, source.uri)
    connection.run("plan/add_source", source=source_id, name=source.name, kind=source.kind, uri=source.uri)
    connection.run("plan/add_run_source", run=run_id, source=source_id)
