"""A recipe takes its examples in by their bytes, so that changed ones are another key and moved ones are not."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tasks.core.errors import BadRecipe
from tasks.core.examples import MOST_EXAMPLES, list_examples
from tasks.core.keys import stage_keys
from tasks.core.recipe import Recipe, load_recipe, parse_recipe
from tasks.core.store import open_store, path_to_uri
from tests.fixtures.made_catalog import recipe_body

CLIP = "clip-vit-large-patch14"


def recipe(folder: Path, examples: str = "target", **embed: Any) -> Recipe:
    """The recipe of a file in the folder."""
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe_body(embed={"domain": {"examples": examples}} | embed)))
    return load_recipe(path)


def target(folder: Path, **files: str) -> None:
    """A folder of examples of these bytes."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.mp4").write_text(text)


def changed(one: Recipe, other: Recipe) -> set[str]:
    """The stages and scorers whose keys are not the same."""
    keys, others = stage_keys(one), stage_keys(other)
    return {name for name in keys if keys[name].key != others[name].key}


def test_a_recipe_takes_in_the_files_of_the_folder_that_it_names(tmp_path: Path) -> None:
    target(tmp_path / "target", b="two", a="one", again="one", **{".hidden": "three"})
    domain = recipe(tmp_path).embed.domain
    assert domain is not None
    assert [(one.uri, one.sha256) for one in domain.examples] == [
        (path_to_uri(tmp_path / "target" / f"{name}.mp4"), hashlib.sha256(text.encode()).hexdigest())
        for name, text in (("a", "one"), ("b", "two"))
    ]


def test_a_bucket_is_taken_in_too(bucket: str) -> None:
    open_store(f"s3://{bucket}/target").put_bytes("a.mp4", b"one")
    (found,) = list_examples(f"s3://{bucket}/target", Path("/anywhere"))
    assert (found.uri, found.sha256) == (f"s3://{bucket}/target/a.mp4", hashlib.sha256(b"one").hexdigest())
    with pytest.raises(BadRecipe, match="nothing lies below"):
        list_examples(f"s3://{bucket}/other", Path("/anywhere"))


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda folder: None, "no folder"),
        (lambda folder: folder.mkdir(), "no file in target"),
        (lambda folder: target(folder, **{f"f{n}": str(n) for n in range(MOST_EXAMPLES + 1)}), "more than 200"),
        (lambda folder: (folder.mkdir(), (folder / "a.mp4").symlink_to("gone")), r"a\.mp4: broken_link"),
    ],
)
def test_examples_that_cannot_be_taken_in_are_refused(prepare: Any, says: str, tmp_path: Path) -> None:
    prepare(tmp_path / "target")
    with pytest.raises(BadRecipe, match=rf"embed\.domain\.examples: .*{says}"):
        recipe(tmp_path)


def test_only_their_bytes_count(tmp_path: Path) -> None:
    target(tmp_path / "target", a="one", b="two")
    target(tmp_path / "moved", c="two", d="one")
    before, moved = recipe(tmp_path), recipe(tmp_path, "moved")
    assert before.recipe_hash != moved.recipe_hash
    assert changed(before, moved) == set()
    target(tmp_path / "target", b="three")
    assert changed(before, recipe(tmp_path)) == {"embed.domain", "embed"}


def test_another_embedding_is_another_similarity(tmp_path: Path) -> None:
    target(tmp_path / "target", a="one")
    found = changed(recipe(tmp_path), recipe(tmp_path, embedding={"model": CLIP}))
    assert found == {"embed.domain", "embed.embedding", "embed", "dedup"}


@pytest.mark.parametrize(
    ("embed", "says"),
    [
        ({"domain": {}}, "examples or texts have to be given"),
        ({"domain": {"texts": ["a robot"], "examples": [{"uri": "file:///a", "sha256": "0" * 64}]}}, "not both"),
        ({"domain": {"texts": ["a robot"]}}, f"signal knows no words; embedding.model may be {CLIP}"),
        (
            {"embedding": {"model": "vjepa2-vitl-fpc64-256"}, "domain": {"texts": ["a robot"]}},
            "vjepa2-vitl-fpc64-256 knows no words",
        ),
        ({"domain": {"examples": [{"uri": "file:///a", "sha256": "0"}]}}, "sha256"),
    ],
)
def test_a_target_that_says_nothing_is_refused(embed: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRecipe, match=says):
        parse_recipe(recipe_body(embed=embed))


def test_words_need_an_embedding_that_knows_them() -> None:
    embed = {"domain": {"texts": ["a robot"]}, "embedding": {"model": CLIP}}
    assert parse_recipe(recipe_body(embed=embed)).embed.network("domain") == CLIP
