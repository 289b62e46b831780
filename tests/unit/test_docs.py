"""What the pages show as YAML is taken as it stands: whoever copies it gets no error."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.core.policy import Policy, load_policy
from tasks.core.recipe import Recipe, load_recipe
from tests.fixtures.made_catalog import recipe_body

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```ya?ml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\bCLIPMILL_[A-Z0-9_]+")
AMONG_OURSELVES = {"CLIPMILL_SERVICES", "CLIPMILL_PRIVATE_NETWORK"}
"""Variables by which processes of ours tell each other something; nobody sets them."""
RULE = {"rule": "sharp", "score": "sharpness", "min": 0, "because": "made by the test"}
TERMS = {
    "licence": "CC0-1.0",
    "rights": "made by the test",
    "evidence": "https://example.org/terms",
    "contact": "test@example.org",
    "use": {"commercial": True, "redistribution": True, "derivative": True},
}


def blocks() -> Iterator[Any]:
    """The YAML of all pages, each named by its page and line."""
    for page in PAGES:
        text = page.read_text()
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            yield pytest.param(block[1], id=f"{page.name}:{line}")


def whole(said: Any) -> dict[str, Any]:
    """The recipe or policy that a block is, or is a part of."""
    match said:
        case {"rules": _} | {"sources": _, "name": _}:
            return dict(said)
        case {"duplicates": _}:
            return {"name": "made", "version": 1, "rules": [RULE], **said}
        case [{"rule": _}, *_]:
            return {"name": "made", "version": 1, "rules": said}
        case [{"kind": _}, *_]:
            return recipe_body(sources=[TERMS | {name: one[name] for name in one if name != "..."} for one in said])
        case {"listing": _}:
            return recipe_body(sources=[recipe_body()["sources"][0] | said])
        case dict():
            return recipe_body() | said
    raise AssertionError(f"neither a recipe nor a policy, nor part of one: {said}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the pages name."""
    (tmp_path / "my-prompt.md").write_text("Say what the driver does and what others on the road do.")
    shutil.copy(ROOT / "tasks/core/taxonomy.yaml", tmp_path / "my-types.yaml")
    (tmp_path / "my-head.npz").write_bytes(b"numbers")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "one.mp4").write_bytes(b"video")
    return tmp_path


@pytest.mark.parametrize("block", list(blocks()))
def test_what_a_page_shows_is_taken_as_it_stands(block: str, folder: Path) -> None:
    body = whole(yaml.safe_load(block))
    file = folder / "shown.yaml"
    file.write_text(yaml.safe_dump(body))
    if "rules" in body:
        assert isinstance(load_policy(str(file)), Policy)
    else:
        assert isinstance(load_recipe(file), Recipe)


def test_every_variable_has_its_row() -> None:
    code = [path.read_text() for folder in ("tasks", "dags") for path in (ROOT / folder).rglob("*.py")]
    read = set(VARIABLE.findall("\n".join(code))) - AMONG_OURSELVES
    rows = re.findall(r"^\|(.*?)\|", (ROOT / "docs" / "variables.md").read_text(), re.MULTILINE)
    assert set(VARIABLE.findall(" ".join(rows))) == read, "edit docs/variables.md"
