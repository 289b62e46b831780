"""The pipeline over real and hostile files, where a folder `shared/data` lies beside the project."""

import json
import shutil
from pathlib import Path

import pytest

from tasks.cli.doctor import diagnose
from tasks.core.catalog import Catalog
from tasks.report.funnel import check_sums, read_funnel
from tests.fixtures.made_catalog import table
from tests.fixtures.pipeline import ROOT, Pipeline, write_recipe

DATA = ROOT.parent / "shared" / "data"
REFUSED = {"reject", "reject_short"}
ACCEPTED = {"accept", "accept_real_length", "partial", "filter_out"}
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no folder shared/data beside the project")


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """Real and hostile files under one roof."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for name, source in (("real", DATA / "real"), ("hostile", DATA / "composed" / "hostile")):
        (folder / name).mkdir()
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                shutil.copyfile(path, folder / name / path.name)
    return folder


def test_every_real_and_hostile_file_is_accounted_for(
    catalog: Catalog, catalog_url: str, videos: Path, tmp_path: Path
) -> None:
    # Fast to encode: what is looked at here is that everything arrives.
    recipe = write_recipe(
        tmp_path / "recipe.yaml",
        videos,
        tmp_path / "dataset",
        transcode={"preset": "ultrafast", "max_short_side_px": 240},
    )
    Pipeline(catalog_url, recipe).run("made")
    run = "curate.made"
    with catalog.begin() as connection:
        funnel = read_funnel(connection, run)
    assert list(check_sums(funnel)) == []
    assert diagnose(catalog, run, all_objects=True).is_well

    states = dict(table(catalog, f"select path, state from catalog.video_state('{run}')"))
    assert len(states) == sum(path.is_file() for path in videos.rglob("*"))
    assert set(states.values()) <= {"split", "failed", "duplicate_file"}
    for hostile in json.loads((DATA / "truth.json").read_text())["hostile"]:
        state = states.get(f"hostile/{Path(hostile['file']).name}")
        if hostile["expect"] in REFUSED and (DATA / "composed" / hostile["file"]).is_file():
            assert state == "failed", hostile
        elif hostile["expect"] in ACCEPTED:
            assert state == "split", hostile
    assert table(catalog, "select count(*) from catalog.failure where kind in ('unexpected', 'killed')") == [(0,)]
