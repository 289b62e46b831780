"""What a video's own C2PA manifest says on training; read out of the file alone, no address in it is asked.

The manifest store is JUMBF (ISO 19566-5) in a box of an MP4 or a chunk of an AVI, as C2PA 2.2 lays down; the assertions
are CBOR or JSON. Signatures are not checked: an assertion can only take something away, and a forged one does so too.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import cbor2

MP4_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
AVI_CHUNK = b"C2PA"
ASSERTIONS = ("c2pa.training-mining", "cawg.training-mining")
TRAINING = ("ai_generative_training", "ai_training", "data_mining")
"""Uses that making a training set comes under; `ai_inference` does not."""
MOST_BOXES = 10_000
MOST_BYTES = 64 << 20
DEEPEST = 8
_MP4_STARTS = (b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip", b"uuid")


class BadManifest(ValueError):
    """What stands where a manifest should is none."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said on training."""

    entries: tuple[dict[str, Any], ...] = ()
    """Each with manifest, assertion, entry, use and constraint."""
    refusal: str | None = None
    """Why the video may not be trained on, in a sentence."""
    problem: str | None = None
    """Why a manifest that is there could not be read."""


def read_claim(stream: BinaryIO) -> Claim:
    """The claim in a video file, which is at its start again afterwards."""
    try:
        entries = [entry for store in _stores(stream) for entry in _entries(store)]
    except (BadManifest, struct.error, cbor2.CBORDecodeError, UnicodeDecodeError, RecursionError) as error:
        return Claim(problem=f"the C2PA manifest cannot be read: {error}")
    finally:
        stream.seek(0)
    return Claim(tuple(entries), _refusal(entries))


def _refusal(entries: list[dict[str, Any]]) -> str | None:
    """Who says anything but `allowed` refuses; `constrained` needs a permission that no file can show."""
    said = [
        f"{one['entry']}: {one['use']}" + (f" ({one['constraint']})" if one["constraint"] else "")
        for one in entries
        if one["entry"].partition(".")[2] in TRAINING and one["use"] != "allowed"
    ]
    return f"its own manifest says {'; '.join(said)}" if said else None


def _stores(stream: BinaryIO) -> Iterator[bytes]:
    """The JUMBF of every manifest store in the file."""
    stream.seek(0)
    head = stream.read(12)
    if head[:4] == b"RIFF":
        yield from _in_avi(stream)
    elif head[4:8] in _MP4_STARTS:
        yield from _in_mp4(stream)


def _in_mp4(stream: BinaryIO) -> Iterator[bytes]:
    place = 0
    for _ in range(MOST_BOXES):
        stream.seek(place)
        head = stream.read(32)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head[:8])
        start = 8
        if size == 1 and len(head) >= 16:
            (size,), start = struct.unpack(">Q", head[8:16]), 16
        if kind == b"uuid" and head[start : start + 16] == MP4_BOX:
            yield from _manifest_of_box(_body(stream, place + start + 16, size - start - 16 if size else MOST_BYTES))
        if size < start:  # 0: the last box, to the end of the file; else none at all
            return
        place += size
    raise BadManifest(f"the file has more than {MOST_BOXES} boxes, and the rest were not looked at")


def _manifest_of_box(body: bytes) -> Iterator[bytes]:
    """The store behind version, flags, purpose and the offset of the next box."""
    purpose, end, rest = body[4:].partition(b"\0")
    if not end:
        raise BadManifest("its box has no purpose")
    if purpose in (b"manifest", b"original", b"update"):
        yield rest[8:]


def _in_avi(stream: BinaryIO) -> Iterator[bytes]:
    place = 12
    for _ in range(MOST_BOXES):
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            return
        kind, size = struct.unpack("<4sI", head)
        if kind == AVI_CHUNK:
            yield _body(stream, place + 8, size)
        place += 8 + size + size % 2
    raise BadManifest(f"the file has more than {MOST_BOXES} chunks, and the rest were not looked at")


def _body(stream: BinaryIO, start: int, size: int) -> bytes:
    if not 0 <= size <= MOST_BYTES:
        raise BadManifest(f"it claims {size} bytes, of which at most {MOST_BYTES} are read")
    stream.seek(start)
    return stream.read(size)


def _entries(store: bytes) -> list[dict[str, Any]]:
    """What the active manifest, which is the last, says; where it says nothing, what those do that it is made of."""
    by_manifest: dict[str, list[dict[str, Any]]] = {}
    for labels, kind, content in _contents(memoryview(store), ()):
        if len(labels) < 3:
            continue
        said = by_manifest.setdefault(labels[1], [])
        label = labels[-1].partition("__")[0]
        if label in ASSERTIONS and kind in (b"cbor", b"json"):
            body = cbor2.loads(content) if kind == b"cbor" else _json(content)
            said += [{"manifest": labels[1], "assertion": label, **entry} for entry in _uses(body)]
    *earlier, active = by_manifest.values() or [[]]
    return active or [entry for said in earlier for entry in said]


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise BadManifest(str(error)) from error


def _uses(body: Any) -> Iterator[dict[str, str | None]]:
    entries = body.get("entries") if isinstance(body, dict) else None
    if not isinstance(entries, dict):
        raise BadManifest("an assertion on training has no entries")
    for name, about in entries.items():
        said = about if isinstance(about, dict) else {}
        constraint = said.get("constraint_info")
        use = str(said.get("use", "not said"))
        yield {"entry": str(name), "use": use, "constraint": None if constraint is None else str(constraint)}


def _contents(data: memoryview, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bytes, bytes]]:
    """(labels from the outermost in, box type, bytes) of every box of content."""
    if len(above) > DEEPEST:
        raise BadManifest("its boxes lie too deep in one another")
    labels = above
    for kind, body in _boxes(data):
        if kind == b"jumd":
            labels = (*above, _label(bytes(body)))
        elif kind == b"jumb":
            yield from _contents(body, labels)
        else:
            yield labels, kind, bytes(body)


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        start = 8
        if size == 1:
            (size,), start = struct.unpack(">Q", data[place + 8 : place + 16]), 16
        size = size or len(data) - place
        if size < start or place + size > len(data):
            raise BadManifest("a box of it is cut short")
        yield kind, data[place + start : place + size]
        place += size


def _label(body: bytes) -> str:
    """The label of a description box: behind the type and the toggles, of which bit 1 says that there is one."""
    return body[17:].partition(b"\0")[0].decode() if len(body) > 17 and body[16] & 2 else ""
