"""Tables of addresses: what lies in place stays there, and a person's own columns go with it."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.core.errors import ObjectMissing, StageRefused
from tasks.core.store.s3_client import client
from tasks.ingest.sources.manifest import Manifest
from tests.fixtures.sources import listed, source_settings
from tests.fixtures.web import Page, Site, site


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as running:
        yield running


def source(path: Path | str, **more: Any) -> Manifest:
    return Manifest(source_settings("manifest", str(path), **more))


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_rows_of_every_form_give_the_same(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"12")
    (tmp_path / "b c.mp4").write_bytes(b"123")
    rows = [{"uri": str(tmp_path / "a.mp4"), "robot": "arm, left"}, {"uri": "b c.mp4", "robot": 'the "new" ☃'}]
    path = tmp_path / f"m.{suffix}"
    if suffix == "csv":
        quoted = ('"' + row["robot"].replace('"', '""') + '"' for row in rows)
        path.write_text(
            "\ufeffuri,robot\r\n" + "".join(f"{r['uri']},{q}\r\n" for r, q in zip(rows, quoted, strict=True))
        )
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    found = listed(source(path))
    assert [(one.size_bytes, one.problem, one.metadata) for one in found] == [
        (2, None, {"robot": "arm, left"}),
        (3, None, {"robot": 'the "new" ☃'}),
    ]
    assert listed(source(path), found[0].cursor) == found[1:]


def test_each_row_lies_where_it_says(served: Site, bucket: str, tmp_path: Path) -> None:
    client().put_object(Bucket=bucket, Key="raw/a b.mp4", Body=b"1234")
    served.pages["/c.mp4"] = Page(b"12345")
    rows = [
        f"s3://{bucket}/raw/a%20b.mp4",
        f"{served.url}/c.mp4",
        "s3://never-made/x.mp4",
        "gone.mp4",
        "../../etc/passwd",
    ]
    rows += ["ftp://a/b", ""]
    (tmp_path / "m.csv").write_text("uri,n\n" + "".join(f"{row},1\n" for row in rows))
    found = listed(source(tmp_path / "m.csv"))
    assert [one.size_bytes for one in found] == [4, 5, 0, 0, 0, 0, 0]
    missing, bad = "source_missing", "bad_address"
    assert [one.problem for one in found] == [None, None, missing, missing, bad, bad, bad]


def test_a_manifest_from_a_server_reads_nothing_of_ours(served: Site, tmp_path: Path, bucket: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"1")
    rows = [f"file://{tmp_path}/a.mp4", f"{tmp_path}/a.mp4", f"s3://{bucket}/x.mp4", "beside.mp4"]
    served.pages = {"/m.csv": Page(("uri\n" + "\n".join(rows)).encode(), "text/csv"), "/beside.mp4": Page(b"12")}
    found = listed(source(f"{served.url}/m.csv"))
    assert [one.problem for one in found] == ["bad_address"] * 3 + [None]


def test_a_rows_licence_and_hash_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"1")
    rows = [{"uri": "a.mp4", "licence": "MIT"}, {"uri": "a.mp4", "licence": "CC0-1.0", "sha256": "AB" * 32}]
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    one, two = listed(source(tmp_path / "m.jsonl", licences=["CC-BY-4.0", "CC0-1.0"]))
    assert one.problem == "licence_refused"
    assert (two.problem, two.terms, two.metadata) == (None, {"licence": "CC0-1.0"}, None)
    assert two.content_hash == f"sha256:{'ab' * 32}"


def test_what_json_does_not_have_becomes_text(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"1")
    rows = [{"uri": "a.mp4", "day": date(2026, 1, 2), "speed": float("nan"), "tags": ["x\0"], "none": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "m.parquet")
    assert listed(source(tmp_path / "m.parquet"))[0].metadata == {"day": "2026-01-02", "tags": ["x"]}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("m.csv", "url,n\na,1\n", "no column 'uri' .it has url, n.; listing.uri_column"),
        ("m.jsonl", "{bad\n", "line 1 of the manifest is no JSON"),
        ("m.jsonl", "3\n", "line 1 of the manifest is no object"),
        ("m.parquet", "no", "no Parquet file"),
        ("m.xlsx", "", "a manifest is called .csv"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(StageRefused, match=words):
        listed(source(tmp_path / name))


def test_an_empty_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("uri\n")
    with pytest.raises(ObjectMissing, match="has no row"):
        listed(source(tmp_path / "m.csv"))
