"""Versions as readers see them, and the one step that makes them."""

from pathlib import Path

import pytest

from tasks.core.errors import ObjectMissing, TryAgain
from tasks.core.store import FolderStore
from tasks.publish.versions import Version, latest_version, put_version, read_version, version_numbers


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "dataset")


def version(number: int, said: str = "this") -> Version:
    return Version(number, f'{{"says": "{said}"}}'.encode())


def test_before_the_first_there_is_none(store: FolderStore) -> None:
    assert latest_version(store) is None
    with pytest.raises(ObjectMissing):
        read_version(store, 1)


def test_the_newest_is_the_highest_number(store: FolderStore) -> None:
    for number in (1, 2, 10):
        put_version(store, version(number, str(number)))
    assert version_numbers(store) == [1, 2, 10]
    latest = latest_version(store)
    assert latest is not None
    assert (latest.number, latest.manifest) == (10, {"says": "10"})


def test_a_folder_without_a_manifest_is_no_version(store: FolderStore) -> None:
    put_version(store, version(1))
    store.put_bytes("versions/00002/index-0123456789abcdef.parquet", b"half")
    store.put_bytes("versions/00003/old/manifest.json", b"{}")
    assert version_numbers(store) == [1]


def test_the_same_version_again_is_ours(store: FolderStore) -> None:
    put_version(store, version(1))
    put_version(store, version(1))
    assert version_numbers(store) == [1]


def test_who_comes_second_tries_again_and_changes_nothing(store: FolderStore) -> None:
    put_version(store, version(1, "winner"))
    with pytest.raises(TryAgain, match="another run has published version 1"):
        put_version(store, version(1, "loser"))
    assert read_version(store, 1).manifest == {"says": "winner"}
