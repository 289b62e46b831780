"""VP9 without its loop filter: all frames, nearly the same pictures, and nothing else of a packet touched."""

from pathlib import Path

import av
import numpy as np
import pytest

from tasks.core.media.packets import packets_of
from tasks.core.media.vp9 import without_loop_filter
from tests.fixtures.made_video import Coding, Shot, made_video

QUICK = {"deadline": "realtime", "cpu-used": "8", "crf": "45", "b": "0"}
CODINGS = {
    "plain": Coding(options=QUICK),
    "resilient": Coding(options={**QUICK, "error-resilient": "1"}),
    "full_colour": Coding(pixel_format="yuv444p", options=QUICK),
    "rgb": Coding(pixel_format="gbrp", options=QUICK),
}


def written(path: Path, coding: Coding) -> Path:
    vp9 = Coding(codec="libvpx-vp9", b_frames=0, pixel_format=coding.pixel_format, options=coding.options)
    return made_video(path / "made.webm", [Shot(1.2, seed=1), Shot(0.8, seed=2)], coding=vp9).path


def packets_in(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in packets_of(container, container.streams.video[0])]


def spared(packets: list[bytes]) -> list[bytes]:
    return [bytes(packet) for packet in without_loop_filter(av.Packet(bytearray(data)) for data in packets)]


def decoded(packets: list[bytes]) -> list[np.ndarray]:
    """The brightness of every frame."""
    decoder = av.CodecContext.create("vp9", "r")
    frames = [frame for data in packets for frame in decoder.decode(av.Packet(data))] + decoder.decode(None)
    return [frame.to_ndarray(format="gray").astype(np.int16) for frame in frames]


def joined(one: bytes, other: bytes) -> bytes:
    """Two frames in one packet with the index of their sizes, as an encoder joins a hidden and a shown one."""
    mark = bytes([0b110_01_001])
    return one + other + mark + b"".join(len(frame).to_bytes(2, "little") for frame in (one, other)) + mark


def changed_bits(one: bytes, other: bytes) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", CODINGS)
def test_all_frames_are_decoded_unfiltered(tmp_path: Path, name: str) -> None:
    packets = packets_in(written(tmp_path, CODINGS[name]))
    changed = spared(packets)
    assert all(0 < changed_bits(a, b) <= 6 for a, b in zip(packets, changed, strict=True)), "the level and nothing else"
    plain, hasty = decoded(packets), decoded(changed)
    assert len(hasty) == len(plain) == 50
    apart = [float(np.abs(a - b).mean()) for a, b in zip(plain, hasty, strict=True)]
    assert min(apart) > 0, "the filter works on every frame, and then on none"
    assert max(apart) < 5


def test_every_frame_of_a_packet_is_unfiltered(tmp_path: Path) -> None:
    packets = packets_in(written(tmp_path, CODINGS["plain"]))
    pairs = [joined(one, other) for one, other in zip(packets[::2], packets[1::2], strict=True)]
    np.testing.assert_array_equal(decoded(spared(pairs)), decoded(spared(packets)))


def test_broken_packets_are_let_through() -> None:
    random = np.random.default_rng(1)
    broken = [b"\x82", b"\x82\x49", bytes([0b110_11_111]) * 40]
    broken += [random.bytes(length) for length in (1, 2, 5, 13, 40, 200) for _ in range(50)]
    assert [len(data) for data in spared(broken)] == [len(data) for data in broken]
