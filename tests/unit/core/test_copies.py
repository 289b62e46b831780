"""Local copies stay inside their limit, and the least recently used go first."""

from pathlib import Path

import pytest

from tasks.core.errors import ObjectMissing, StageRefused
from tasks.core.scratch import scratch_limit_bytes
from tasks.core.store import FolderStore, LocalCopies


class CountingStore(FolderStore):
    """A folder store that knows what was downloaded."""

    downloaded: list[str]

    def download(self, key: str, path: Path) -> None:
        self.downloaded.append(key)
        super().download(key, path)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    made = CountingStore(tmp_path / "store")
    made.downloaded = []
    for key in "abcd":
        made.put_bytes(key, key.encode() * 100)
    return made


@pytest.fixture
def copies(store: CountingStore, tmp_path: Path) -> LocalCopies:
    (tmp_path / "copies").mkdir()
    return LocalCopies(store, tmp_path / "copies", 300)


def sizes(keys: str) -> list[tuple[str, int]]:
    return [(key, 100) for key in keys]


def test_a_copy_is_made_once(store: CountingStore, copies: LocalCopies) -> None:
    copies.bring(sizes("ab"))
    copies.bring(sizes("bc"))
    assert store.downloaded == ["a", "b", "c"]
    assert copies.open("b").read() == b"b" * 100


def test_the_least_recently_used_goes_first(store: CountingStore, copies: LocalCopies, tmp_path: Path) -> None:
    copies.bring(sizes("abc"))
    copies.open("a").close()
    copies.bring(sizes("d"))
    with pytest.raises(KeyError):
        copies.open("b")
    assert copies.open("a").read() == b"a" * 100
    assert sum(path.stat().st_size for path in (tmp_path / "copies").iterdir()) == copies.size_bytes == 300


def test_what_is_brought_together_stays_together(store: CountingStore, copies: LocalCopies) -> None:
    copies.bring(sizes("abc"))
    copies.bring(sizes("ad"))
    assert copies.open("a").read() == b"a" * 100
    assert store.downloaded == ["a", "b", "c", "d"]


def test_more_than_the_limit_is_refused_before_anything_is_copied(store: CountingStore, copies: LocalCopies) -> None:
    with pytest.raises(ValueError, match="300"):
        copies.bring(sizes("abcd"))
    assert store.downloaded == []


def test_what_is_missing_is_missing(copies: LocalCopies) -> None:
    with pytest.raises(ObjectMissing):
        copies.bring(sizes("az"))


def test_the_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPMILL_SCRATCH_BYTES", "1000")
    assert scratch_limit_bytes() == 1000
    monkeypatch.setenv("CLIPMILL_SCRATCH_BYTES", "")
    assert scratch_limit_bytes() > 1_000_000
    monkeypatch.setenv("CLIPMILL_SCRATCH_BYTES", "1 GiB")
    with pytest.raises(StageRefused, match="CLIPMILL_SCRATCH_BYTES='1 GiB'"):
        scratch_limit_bytes()
