"""Spares VP9 its loop filter, which FFmpeg's decoder cannot be told to leave out but each frame's header can.

The level of the filter is six plain bits near the front of a frame, before anything is entropy-coded. Level 0 is no
filter and saves a third of the work or more. As in other codecs, pictures then drift a little until the next key frame.
"""

from collections.abc import Iterable, Iterator

from tasks.core.media.packets import VideoPacket

_HEADER_BYTES = 32
"""More than all that can come before the level."""

_LEVEL_BITS = 6


def without_loop_filter(packets: Iterable[VideoPacket]) -> Iterator[VideoPacket]:
    """The same VP9 packets, changed in place so that no decoder filters their frames."""
    for packet in packets:
        data = memoryview(packet)
        for start in _frame_starts(data):
            _clear_level(data[start:])
        yield packet


def _frame_starts(data: memoryview) -> list[int]:
    """Where the frames of a packet begin: several, where hidden ones come along with the one that is shown."""
    mark = data[-1]
    width, count = (mark >> 3 & 3) + 1, (mark & 7) + 1
    index = len(data) - 2 - width * count
    if mark >> 5 != 0b110 or index < 0 or data[index] != mark:
        return [0]
    starts = [0]
    for field in range(index + 1, len(data) - 1 - width, width):
        starts.append(starts[-1] + int.from_bytes(data[field : field + width], "little"))
    return starts


def _clear_level(frame: memoryview) -> None:
    at = _level_bit(bytes(frame[:_HEADER_BYTES]))
    if at is not None and at + _LEVEL_BITS <= 8 * len(frame):
        for bit in range(at, at + _LEVEL_BITS):
            frame[bit >> 3] &= ~(0x80 >> (bit & 7))


def _level_bit(header: bytes) -> int | None:
    """The bit of a frame at which the filter's level begins; None where it only shows an older frame, or is broken."""
    bits = _Bits(header)
    marker, profile = bits.take(2), bits.take(1) | bits.take(1) << 1
    if profile == 3:
        bits.take(1)
    shows_older = bits.take(1)
    if marker != 2 or shows_older:
        return None
    is_inter, is_shown, is_resilient = bits.take(1), bits.take(1), bits.take(1)
    is_intra_only = is_inter and not is_shown and bits.take(1)
    if is_inter and not is_resilient:
        bits.take(2)
    if is_inter and not is_intra_only:
        _pass_references(bits)
    else:
        _pass_key(bits, profile, has_colour=not is_inter or profile > 0, has_refresh=bool(is_inter))
    bits.take(2 if is_resilient else 4)
    return bits.taken


class _Bits:
    """The bits of a header from first to last, and nothing but zeros after them."""

    def __init__(self, header: bytes) -> None:
        self._value = int.from_bytes(header.ljust(_HEADER_BYTES, b"\0"), "big")
        self.taken = 0

    def take(self, count: int) -> int:
        """The next bits, as a number."""
        self.taken += count
        return self._value >> (8 * _HEADER_BYTES - self.taken) & ((1 << count) - 1)


def _pass_references(bits: _Bits) -> None:
    """Past what only frames have that are predicted from others: references, size, precision, interpolation."""
    bits.take(8 + 3 * 4)
    has_size_of_another = any(bits.take(1) for _ in range(3))
    _pass_size(bits, is_coded=not has_size_of_another)
    bits.take(1)
    if not bits.take(1):
        bits.take(2)


def _pass_key(bits: _Bits, profile: int, *, has_colour: bool, has_refresh: bool) -> None:
    """Past what only frames have that stand alone: a mark, colour, size."""
    bits.take(24)
    if has_colour:
        _pass_colour(bits, profile)
    if has_refresh:
        bits.take(8)
    _pass_size(bits, is_coded=True)


def _pass_colour(bits: _Bits, profile: int) -> None:
    if profile >= 2:
        bits.take(1)
    is_rgb = bits.take(3) == 7
    if not is_rgb:
        bits.take(1)
    if profile & 1:
        bits.take(1 if is_rgb else 3)


def _pass_size(bits: _Bits, *, is_coded: bool) -> None:
    """Past the coded size where there is one, and the size for display where it differs."""
    if is_coded:
        bits.take(32)
    if bits.take(1):
        bits.take(32)
