"""Writing a run into the catalog: its recipe, policy, sources, and the keys of all its stages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, field_validator

from tasks.core.catalog import Connection
from tasks.core.errors import BadRecipe
from tasks.core.keys import basis, cluster_key, stage_keys
from tasks.core.model import content_id, dataset_id
from tasks.core.policy import Policy, is_file, load_policy, shipped_policies
from tasks.core.recipe import Recipe, SourceSettings, load_recipe, parse_recipe
from tasks.core.settings import Settings
from tasks.plan.policies import write_policy


class RunParams(Settings):
    """What a person chooses when they trigger a run."""

    recipe: str = Field(min_length=1, description="A registered recipe's name or hash, or the path of a recipe file.")
    policy: str | None = Field(None, description="Another policy than the recipe's: a shipped name or a file's path.")
    limit: int | None = Field(None, gt=0, description="Take at most so many videos; empty for all.")
    window_from: datetime | None = Field(None, description="List files from this time on (ISO 8601, else UTC).")
    window_to: datetime | None = Field(None, description="List files before this time (ISO 8601, else UTC).")

    @field_validator("window_from", "window_to")
    @classmethod
    def _in_utc(cls, time: datetime | None) -> datetime | None:
        return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)

    def model_post_init(self, context: object) -> None:
        """Refuse a window that holds nothing."""
        if self.window_from and self.window_to and self.window_from >= self.window_to:
            raise ValueError("window_from must be before window_to")


@dataclass(frozen=True, slots=True)
class Registered:
    """A recipe with its policy, checked against each other."""

    recipe: Recipe
    policy: Policy


def resolve(connection: Connection, params: RunParams) -> Registered:
    """The recipe and policy that the params mean. Raises BadRecipe saying what is wrong and what there is."""
    recipe = _find_recipe(connection, params.recipe)
    if params.policy is not None:
        recipe = recipe.model_copy(update={"policy": params.policy})
    return Registered(recipe, find_policy(connection, recipe.policy))


def _find_recipe(connection: Connection, name: str) -> Recipe:
    if "/" in name:
        return load_recipe(Path(name))
    row = connection.row("plan/find_recipe", name=name)
    if row is None:
        known = ", ".join(found["name"] for found in connection.rows("plan/recipe_names")) or "none yet"
        raise BadRecipe(f"recipe: none is called {name!r} (there are: {known}); `clipmill recipe add FILE` adds one")
    return parse_recipe(row["body"], f"recipe {name}")


def add_recipe(connection: Connection, recipe: Recipe) -> Recipe:
    """The recipe as it is now known by its name and hash; the newest of a name is what the name means.

    A policy that is a file goes into the catalog with it, since a pod has no such file.
    """
    if is_file(recipe.policy):
        recipe = recipe.model_copy(update={"policy": add_policy(connection, recipe.policy)})
    body = connection.json(recipe.model_dump(mode="json"))
    connection.run("plan/add_recipe", hash=recipe.recipe_hash, name=recipe.name, body=body)
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
    recipe = add_recipe(connection, registered.recipe)
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
        window_from=params.window_from,
        window_to=params.window_to,
    )
    if not added:
        return False
    rows = [(run_id, key.name, key.stage, key.key, key.fingerprint) for key in keys.values()]
    connection.copy("run_key", ("run_id", "name", "stage", "stage_key", "fingerprint"), rows)
    for source in recipe.sources:
        _add_source(connection, run_id, source)
    dataset = dataset_id(recipe.output, recipe.dataset)
    connection.run("plan/add_dataset", dataset=dataset, name=recipe.dataset, store_url=recipe.output)
    return True


def _refuse_foreign_output(connection: Connection, recipe: Recipe) -> None:
    other = connection.value("plan/other_dataset", store_url=recipe.output, name=recipe.dataset)
    if other is not None:
        raise BadRecipe(f"output: {recipe.output} holds the dataset {other!r}; give {recipe.dataset!r} its own folder")


def _add_source(connection: Connection, run_id: str, source: SourceSettings) -> None:
    source_id = content_id("source", source.kind, source.uri)
    connection.run("plan/add_source", source=source_id, name=source.name, kind=source.kind, uri=source.uri)
    connection.run("plan/add_run_source", run=run_id, source=source_id)
