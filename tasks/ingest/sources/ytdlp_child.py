"""The process that yt-dlp runs in: it asks no private address and starts no program but those that decode for it.

Run by its path, in an isolated interpreter, so it imports nothing of ours.
"""

import ipaddress
import os
import sys
from typing import Any

PROGRAMS = {"ffmpeg", "ffprobe", "deno", "node", "bun", "qjs"}
_STARTS = {"os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn"}


def guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Raises PermissionError at what is not allowed here; python calls it before it does anything of note."""
    if event == "socket.connect" and not _may_connect(arguments[1]):
        raise PermissionError(f"{arguments[1][0]} is in a private network; fetch.private_network: true allows it")
    if event == "subprocess.Popen" and os.path.basename(str(arguments[0])) not in PROGRAMS:
        raise PermissionError(f"{arguments[0]} is not started")
    if event in _STARTS:
        raise PermissionError(f"{event} is not allowed")


def _may_connect(address: Any) -> bool:
    if not isinstance(address, tuple) or os.environ.get("CLIPMILL_PRIVATE_NETWORK"):
        return isinstance(address, tuple)
    try:
        found = ipaddress.ip_address(str(address[0]).partition("%")[0])
    except ValueError:  # a name: yt-dlp's proxies and libraries resolve before they connect
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast


if __name__ == "__main__":
    import yt_dlp

    sys.addaudithook(guard)
    yt_dlp.main(sys.argv[1:])
