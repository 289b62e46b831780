"""The recipes of `recipes/`, against a hub of the tests' own with the same layout of files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tasks.core.catalog import open_catalog
from tasks.core.keys import basis, stage_keys
from tasks.core.policy import load_policy
from tasks.core.recipe import load_recipe
from tests.fixtures.hub import REVISION, Hub
from tests.fixtures.made_catalog import table
from tests.fixtures.made_video import Shot, made_video
from tests.fixtures.pipeline import Pipeline
from tests.fixtures.sources import FETCH
from tests.fixtures.web import Site, site

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))
LAYOUTS = {
    "physical-ai-robotics": (
        "cc-by-4.0",
        ["gr1_arms_only.CanSort/videos/chunk-000/observation.images.ego_view/episode_000000.mp4"],
        ["gr1_arms_only.CanSort/videos/chunk-001/observation.images.ego_view/episode_001000.mp4",
         "gr1_arms_only.CanSort/data/chunk-000/episode_000000.parquet", "gr1_arms_only.CanSort/meta/info.json"],
    ),
    "physical-ai-driving": (
        "openmdw-1.0",
        ["emergency/0001/video/front_wide.mp4", "lanechange/0002/video/front_wide.mp4"],
        ["emergency/0001/video/rear_left.mp4", "emergency/0001/description/front_wide.json"],
    ),
}  # fmt: skip
"""Per recipe the card's licence, files that it takes, and files that it leaves."""


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as running:
        yield running


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_can_be_run_as_it_is(path: Path) -> None:
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    basis(load_policy(recipe.policy), stage_keys(recipe), recipe)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_takes_what_it_names(path: Path, served: Site, catalog_url: str, tmp_path: Path) -> None:
    licence, taken, left = LAYOUTS[path.stem]
    film = made_video(tmp_path / "film.mp4", [Shot(0.4)]).path.read_bytes()
    body = yaml.safe_load(path.read_text())
    (source,) = body["sources"]
    source["hub"]["endpoint"], source["fetch"] = served.url, FETCH
    if not source["hub"]["revision"].strip("0"):
        source["hub"]["revision"] = REVISION
    files = {name: film + bytes([number]) for number, name in enumerate([*taken, *left])}
    Hub(served).add(source["path"], f"---\nlicense: {licence}\n---\n", files, source["hub"]["revision"])
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(body | {"output": str(tmp_path / "dataset")}))
    pipeline = Pipeline(catalog_url, tmp_path / "recipe.yaml")
    pipeline._phase("ingest.one", "ingest", f'{{"recipe": "{tmp_path}/recipe.yaml"}}')
    rows = table(
        open_catalog(catalog_url), "select path, terms ->> 'licence' from catalog.video_location order by path"
    )
    assert [row[0] for row in rows] == taken
    assert {row[1].lower() for row in rows} == {body["sources"][0]["licence"].lower()}
