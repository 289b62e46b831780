"""The images that `make images` built, run as a pod of the chart runs them."""

import json
import os
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VERSION = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["version"]
PROBE = (Path(__file__).parent / "probe.py").read_text()
AS_POD = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", "--network=none", "--tmpfs=/scratch")
"""A root that cannot be written, no capability, no way out, a scratch folder."""


@cache
def engine() -> str:
    """docker or podman, whichever works here; ENGINE says which."""
    for name in filter(None, (os.environ.get("ENGINE"), "docker", "podman")):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0:
            return name
    pytest.exit("these tests run the images, and neither docker nor podman works here", returncode=1)


def reference(image: str) -> str:
    """The name under which `make images` leaves an image."""
    return f"{os.environ.get('REGISTRY') or 'localhost'}/clipmill-{image}:{os.environ.get('TAG') or VERSION}"


def run(image: str, *arguments: str, options: tuple[str, ...] = (), given: str = "") -> str:
    """What an image prints, with `given` as its input. Fails the test where it does not end well."""
    command = [engine(), "run", "--rm", "--interactive", *AS_POD, *options, reference(image), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@cache
def inspect(image: str) -> dict[str, Any]:
    """What the engine says of an image."""
    command = [engine(), "image", "inspect", reference(image)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{reference(image)} is not there: run `make images`\n{done.stderr}"
    return dict(json.loads(done.stdout)[0])


def require_own(image: str) -> None:
    """Skips what holds for images that we make whole; an entry point tells that Airflow stands on the official one."""
    if image == "airflow" and inspect(image)["Config"].get("Entrypoint"):
        pytest.skip("clipmill-airflow stands on the official image; its build has tried the DAGs")


@cache
def probe(image: str) -> dict[str, Any]:
    """What probe.py finds in an image."""
    inspect(image)
    options = ("--entrypoint=python", f"--env=PROBED_STAGE={image}")
    return dict(json.loads(run(image, "-", options=options, given=PROBE)))
