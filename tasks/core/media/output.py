"""Writes MP4 files that hold nothing but their content: no clock, no name of the program that wrote them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

import av
from av.container import OutputContainer

from tasks.core.errors import TryAgain
from tasks.core.media.packets import AnyPacket


@contextmanager
def open_output(path: Path) -> Iterator[OutputContainer]:
    """An MP4 to write, its index in front; gone again where writing it fails."""
    try:
        with av.open(f"file:{path.absolute()}", "w", format="mp4", options=_options()) as output:
            yield output
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno == ENOSPC:
            raise TryAgain("no space left where clips are written") from error
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _options() -> dict[str, str]:
    return {"movflags": "+faststart", "fflags": "+bitexact"}


def mux_interleaved(output: OutputContainer, pictures: Iterable[AnyPacket], sound: Sequence[AnyPacket]) -> None:
    """Writes both in order of time, so that a player never has to read ahead."""
    waiting = iter(sound)
    heard = next(waiting, None)
    for seen in pictures:
        while heard is not None and _time_s(heard) <= _time_s(seen):
            output.mux(heard)
            heard = next(waiting, None)
        output.mux(seen)
    for packet in [heard] if heard is not None else []:
        output.mux(packet)
    for packet in waiting:
        output.mux(packet)


def _time_s(packet: AnyPacket) -> float:
    return float((packet.dts or 0) * packet.time_base)
