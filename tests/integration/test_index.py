"""The index of a version, which is put together for all clips at once: of each it says what the catalog says of one."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.errors import TryAgain
from tasks.publish import record
from tasks.publish.index import SCHEMA
from tasks.publish.record import index_pages, read_content
from tests.fixtures.made_catalog import made_run, policy_file, recipe_body, table
from tests.fixtures.made_dataset import add_captions, add_encoded, judge, record_terms, run_shard

WORDS = 'One, "two"\nand three; \\N, NA, null: déjà vu'


@pytest.fixture
def run(catalog: Catalog, tmp_path: Path) -> Run:
    """A run of two sources that has packed nine clips into three tars, one of which does not count any more."""
    other = recipe_body()["sources"][0] | {"name": "another", "path": "/another", "licence": "CC-BY-4.0"}
    run = made_run(
        catalog,
        policy=policy_file(tmp_path, {"rule": "too_dark", "score": "luma_mean", "min": 0.2}),
        output=str(tmp_path / "dataset"),
        sources=[recipe_body()["sources"][0], other],
        shard={"target_bytes": 100_000, "axes": ["resolution"]},
    )
    record_terms(catalog, run)
    clips = add_encoded(catalog, run, "first.mp4", [0.25 + n / 70 for n in range(7)])
    clips += add_encoded(catalog, run, "second.mp4", [0.7, 1 / 3], size=(640, 480))
    with catalog.begin() as connection:
        connection.script(f"""
            update catalog.caption set released_at = now() where clip_id in ('{clips[3]}', '{clips[8]}');
            update catalog.score set numbers = numbers - 'motion_mean' where clip_id = '{clips[2]}';
            insert into catalog.source_terms (source_id, licence, rights, stage_run_id)
            select s.source_id, 'CC-BY-4.0', 'made by the test', t.stage_run_id
            from catalog.source s, catalog.source_terms t where s.name = 'another';
            insert into catalog.video_location
                (location_id, source_id, video_id, uri, path, stage_run_id, terms, metadata)
            select gen_random_uuid(), s.source_id, l.video_id, l.uri || '?', l.path, l.stage_run_id,
                   jsonb_build_object('licence', 'CC0-1.0'), jsonb_build_object('robot', 'an arm, "left"')
            from catalog.video_location l, catalog.source s where s.name = 'another' and l.path = 'second.mp4';
        """)
    add_captions(catalog, run, [clips[3]], WORDS)
    add_captions(catalog, run, [clips[8]], "")
    judge(catalog, run)
    assert run_shard(catalog, run) == 3
    with catalog.begin() as connection:
        connection.script(f"update catalog.caption set released_at = now() where clip_id = '{clips[4]}'")
    return run


def index_of(catalog: Catalog, run: Run) -> pa.Table:
    with catalog.begin() as connection:
        return pa.concat_tables(index_pages(connection, run, read_content(connection, run)))


def told(catalog: Catalog, run: Run) -> Iterator[Mapping[str, Any]]:
    """What the catalog says of each clip by itself, under the index's names."""
    rows = table(
        catalog,
        f"""
        select v.clip_id::text, v.video_id::text, s.object_key as shard, m.offset_bytes, m.size_bytes, v.sha256,
               s.cell, v.width_px, v.height_px, v.frame_rate_num::float8 / v.frame_rate_den as fps, v.frame_rate_num,
               v.frame_rate_den, v.frame_count, v.duration_s, v.codec, v.audio_codec, p.start_s,
               p.start_s + p.duration_s as end_s, v.x_px as crop_x_px, v.y_px as crop_y_px,
               v.box_width_px as crop_width_px, v.box_height_px as crop_height_px, v.source, v.licence,
               v.captions -> 0 -> 'captions' ->> 'medium' as caption, m.caption_id::text, v.metadata::text,
               null as text_vectors, v.scores
        from catalog.run_member v
        join catalog.clip p on p.clip_id = v.clip_id
        join catalog.shard_member m on m.clip_id = v.clip_id
        join catalog.shard s on s.shard_id = m.shard_id
        where v.run_id = '{run.run_id}'
        order by s.object_key collate "C", m.ordinal
        """,
    )
    names = [name for name in SCHEMA.names if not name.startswith("score_")]
    for row in rows:
        scores = {f"score_{name}": value for name, value in (row[-1] or {}).items()}
        yield {name: None for name in SCHEMA.names} | dict(zip(names, row, strict=False)) | scores


@pytest.mark.parametrize(("clips", "scores"), [(1, 1), (3, 2), (20_000, 100_000)])
def test_the_index_says_of_each_clip_what_the_catalog_says(
    catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch, clips: int, scores: int
) -> None:
    """However large the pieces in which it is read."""
    monkeypatch.setattr(record, "PAGE_CLIPS", clips)
    monkeypatch.setattr(record, "PAGE_SCORES", scores)
    found = index_of(catalog, run).to_pylist()
    assert found == list(told(catalog, run))
    assert len(found) == 8
    assert {row["caption"] for row in found} == {"A made shot.", WORDS, ""}
    assert {(row["source"], row["licence"]) for row in found} == {("made", "CC0-1.0"), ("another", "CC0-1.0")}
    assert {json.loads(row["metadata"])["robot"] for row in found if row["metadata"]} == {'an arm, "left"'}
    assert sum(row["score_motion_mean"] is None for row in found) == 1


def test_the_pages_are_the_row_groups(catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PAGE_CLIPS", 3)
    with catalog.begin() as connection:
        pages = list(index_pages(connection, run, read_content(connection, run)))
    assert [len(page) for page in pages] == [3, 3, 2]


def test_whoever_stops_in_the_middle_leaves_a_catalog_that_works(
    catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "PAGE_CLIPS", 1)

    def index() -> None:
        with catalog.begin() as connection:
            for _ in index_pages(connection, run, read_content(connection, run)):
                raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        index()
    assert len(index_of(catalog, run)) == 8


def test_nothing_to_index_is_an_empty_index(catalog: Catalog, run: Run) -> None:
    with catalog.begin() as connection:
        content = record.make_content([], [])
        assert list(index_pages(connection, run, content)) == []


def test_a_clip_that_goes_away_meanwhile_makes_no_index(catalog: Catalog, run: Run) -> None:
    """The others' scores would stand beside their neighbours."""
    with catalog.begin() as connection:
        content = read_content(connection, run)
    with catalog.begin() as connection:
        connection.script("""
            delete from catalog.rendition r using catalog.shard_member m
            where m.clip_id = r.clip_id and m.rendition_key = r.stage_key and m.ordinal = 0
        """)
    with catalog.begin() as connection, pytest.raises(TryAgain, match="of 8 clips of the dataset went away"):
        list(index_pages(connection, run, content))
