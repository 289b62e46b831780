"""Sources in place: any file name, no trap followed."""

import os
import subprocess
from pathlib import Path

import pytest

from tasks.core.errors import ObjectMissing, UnreadableVideo
from tasks.core.store import SourceObject, list_folder, open_source, path_to_uri, uri_to_path

NAMES = [
    b"plain.mp4",
    b"with space.mp4",
    b"quote'\"`.mp4",
    b"new\nline.mp4",
    b"tab\there.mp4",
    "üñí 映画 🎬.mp4".encode(),
    b"..mp4",
    b"a..b.mp4",
    b"..leading.mp4",
    b"%2e%2e%2f.mp4",
    b"query?x=1#frag&y.mp4",
    b"back\\slash;$(rm -rf).mp4",
    b"not-utf8-\xff\xfe.mp4",
    b"-rf.mp4",
    b"file:colon.mp4",
    "u\u0308 decomposed.mp4".encode(),
]


def shown(listed: SourceObject) -> tuple[str, str | None]:
    return listed.relative_path, listed.problem


@pytest.mark.parametrize("name", NAMES)
def test_any_name_survives_the_uri(name: bytes, tmp_path: Path):
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    path.write_bytes(name)
    uri = path_to_uri(path)
    assert uri.isascii()
    assert uri.isprintable()
    assert os.fsencode(uri_to_path(uri)) == os.fsencode(path)
    with open_source(uri) as file:
        assert file.read() == name


def test_a_uri_keeps_dot_dot_as_it_is():
    assert path_to_uri("/a/../b") == "file:///a/../b"
    assert str(uri_to_path("file:///a/../b")) == "/a/../b"


def test_localhost_is_this_machine():
    assert uri_to_path("file://localhost/a") == Path("/a")


@pytest.mark.parametrize("uri", ["/a", "http://a/b", "file://host/a", "file:a", "file:///a%00b", "concat:/a|/b", ""])
def test_other_uris_are_refused(uri: str):
    with pytest.raises(ValueError, match=r"URI|NUL"):
        uri_to_path(uri)


def test_all_names_are_listed_in_order_of_their_bytes(tmp_path: Path):
    names = [name for name in NAMES if not name.startswith(b".")]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"12")
    listed = list(list_folder(tmp_path))
    assert [os.fsencode(uri_to_path(found.uri).name) for found in listed] == sorted(names)
    assert {found.size_bytes for found in listed} == {2}
    assert r"not-utf8-\xff\xfe.mp4" in [found.relative_path for found in listed]
    for found in listed:
        found.relative_path.encode()  # goes into the catalog as text


def test_folders_are_listed_through_and_litter_is_not(tmp_path: Path):
    for name in ["b/2.mp4", "b/1.mp4", "b-c.mp4", "a/deep/er/x.mkv", ".hidden/x.mp4", ".DS_Store", "b/Thumbs.db"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "@eaDir").mkdir()
    (tmp_path / "@eaDir" / "1.mp4").write_bytes(b"")
    expected = ["a/deep/er/x.mkv", "b-c.mp4", "b/1.mp4", "b/2.mp4"]
    assert [found.relative_path for found in list_folder(tmp_path)] == expected


def test_links_are_followed_inside_only(tmp_path: Path):
    root, outside = tmp_path / "root", tmp_path / "root-outside"
    (root / "folder").mkdir(parents=True)
    outside.mkdir()
    (root / "folder" / "x.mp4").write_bytes(b"inside")
    (outside / "secret.mp4").write_bytes(b"secret")
    (root / "l1.mp4").symlink_to("folder/x.mp4")
    (root / "l2.mp4").symlink_to(outside / "secret.mp4")
    (root / "l3.mp4").symlink_to("nowhere.mp4")
    (root / "l4").symlink_to(outside)
    (root / "l5.mp4").symlink_to("../root-outside/gone.mp4")
    (root / "l6.mp4").symlink_to("l6.mp4")
    (root / "folder" / "up").symlink_to("..")
    listed = list(list_folder(root))
    assert [shown(found) for found in listed] == [
        ("folder/x.mp4", None),
        ("l1.mp4", None),
        ("l2.mp4", "link_outside"),
        ("l3.mp4", "broken_link"),
        ("l4", "link_outside"),
        ("l5.mp4", "broken_link"),
        ("l6.mp4", "broken_link"),
    ]
    assert listed[1].size_bytes == 6


def test_a_root_that_is_a_link_is_followed(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.mp4").write_bytes(b"")
    (tmp_path / "link").symlink_to("real")
    (found,) = list_folder(tmp_path / "link")
    assert (found.relative_path, found.problem) == ("x.mp4", None)
    assert open_source(found.uri).read() == b""


def test_pipes_are_named_and_never_opened(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (found,) = list_folder(tmp_path)
    assert found.problem == "not_a_file"
    with pytest.raises(UnreadableVideo, match="pipe") as caught:
        open_source(found.uri)
    assert caught.value.kind == "not_a_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_rights_is_named(tmp_path: Path):
    (tmp_path / "shut").mkdir(mode=0)
    (tmp_path / "z.mp4").write_bytes(b"")
    (tmp_path / "z.mp4").chmod(0)
    listed = list(list_folder(tmp_path))
    assert [shown(found) for found in listed] == [("shut", "unreadable_folder"), ("z.mp4", None)]
    with pytest.raises(UnreadableVideo) as caught:
        open_source(listed[1].uri)
    assert caught.value.kind == "permission_denied"


def test_a_very_deep_folder_is_no_trouble(tmp_path: Path):
    top = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        Path("x.mp4").write_bytes(b"")
        (found,) = list_folder(tmp_path)
    finally:
        os.chdir(top)
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # too deep for what pytest tidies up with
    assert found.relative_path.endswith("d/d/x.mp4")


def test_what_is_not_there_is_missing(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ObjectMissing):
        open_source(path_to_uri(tmp_path / "nothing"))
    for folder in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(ObjectMissing):
            list(list_folder(folder))
    with pytest.raises(UnreadableVideo):
        open_source(path_to_uri(tmp_path))
