"""Many objects at once by s5cmd, which copies them side by side in a process of its own."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from shlex import quote
from typing import IO, Any

from tasks.core.store.s3_client import addressing, found_settings, own_endpoint

WORTH_IT = 8
"""Files below which starting a process costs more than it brings."""
WORKERS = 16
STALLED_S = 300.0
"""Without a file more, the network is gone; s5cmd itself would wait for long."""
PART_MIB = 5 * 1024
"""The most that one request may carry: an object read in one request is whole, even where it is replaced meanwhile."""


def copied(files: Sequence[tuple[str, str]]) -> set[str]:
    """The addresses `s3://...` of those (from, to) that were copied, of which one side is such an address.

    What is left, because it failed or s5cmd cannot be used here, is the caller's: copied singly it either works
    or says why not.
    """
    program = find_program()
    if program is None or len(files) < WORTH_IT or (own_endpoint() and addressing() == "virtual"):
        return set()
    with tempfile.NamedTemporaryFile("w", suffix=".s5cmd") as commands, tempfile.TemporaryFile("w+") as answers:
        lines = (f"cp --raw {_ONE_REQUEST} {quote(source)} {quote(target)}" for source, target in files)
        commands.writelines(f"{line}\n" for line in lines if "\n" not in line)
        commands.flush()
        _run([program, *_options(), "run", commands.name], answers)
        answers.seek(0)
        return {address for answer in answers if (address := _copied_address(answer))}


_ONE_REQUEST = f"--concurrency 1 --part-size {PART_MIB}"


def _run(line: list[str], answers: IO[str]) -> None:
    """Waits for its end, or until no file has been told of for too long; it ends with us where we are stopped."""
    with subprocess.Popen(line, env=_environment(), stdout=answers, stderr=subprocess.DEVNULL) as process:
        before_bytes, told_bytes = -1, 0
        try:
            while process.poll() is None and told_bytes > before_bytes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STALLED_S)
                before_bytes, told_bytes = told_bytes, os.fstat(answers.fileno()).st_size
        finally:
            process.kill()


def find_program() -> str | None:
    """The path of s5cmd: the one that came with our packages, or one that the machine has."""
    try:
        ours = str(distribution("s5cmd").locate_file("s5cmd/bin/s5cmd"))
    except PackageNotFoundError:
        ours = ""
    return shutil.which(ours) or shutil.which("s5cmd")


def _options() -> list[str]:
    endpoint = own_endpoint()
    place = ["--endpoint-url", endpoint] if endpoint else []
    return ["--json", "--numworkers", str(WORKERS), "--retry-count", "3", *place]


def _environment() -> dict[str, str]:
    """Ours, with what boto3 found, whose ways of finding credentials are not all s5cmd's."""
    return dict(os.environ) | found_settings()


def _copied_address(answer: str) -> str | None:
    """The object in a line of s5cmd's log that tells of a success; a killed one's last line may be half a line."""
    told: dict[str, Any] = json.loads(answer) if answer.endswith("\n") else {}
    if not told.get("success"):
        return None
    return next((end for end in (told["source"], told["destination"]) if end.startswith("s3://")), None)
