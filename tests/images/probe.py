"""Run inside an image, by its own Python, with nothing but the standard library: tells in JSON what is in there."""

import ast
import importlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from pathlib import Path

CODE = Path("/opt/clipmill/tasks")
WEIGHTS = {".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".gguf", ".tflite"}
TYPES_ONLY = {"_typeshed"}


def modules(stage: str) -> list[str]:
    """Names of the modules of the core and of one stage."""
    paths = [path for part in ("core", stage) for path in (CODE / part).rglob("*.py") if path.stem != "__main__"]
    return [".".join(path.relative_to(CODE.parent).with_suffix("").parts).removesuffix(".__init__") for path in paths]


def named_within(stage: str) -> set[str]:
    """What the stage's own code imports anywhere, so in a function too: our modules, and others' top packages."""
    named = set()
    for path in (CODE / stage).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named.add(node.module)
    return {name if name.startswith("tasks.") else name.split(".")[0] for name in named} - TYPES_ONLY


def not_imported(stage: str) -> dict[str, str]:
    """Of all those, what cannot be imported here, with the reason."""
    failed = {}
    for name in {*modules(stage), *named_within(stage)}:
        try:
            importlib.import_module(name)
        except ImportError as error:
            failed[name] = str(error)
    return failed


def without_byte_code() -> list[str]:
    """Source files that Python would have to compile at each start."""
    sources = [path for folder in (CODE, Path("/opt/venv/lib")) for path in folder.rglob("*.py")]
    return [str(path) for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))]


def is_writable(folder: str) -> bool:
    """Whether a file can be made there."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def main() -> None:
    stage = os.environ["PROBED_STAGE"]
    files = [Path(folder) / name for folder, _, names in os.walk("/opt") for name in names]
    found = {
        "packages": sorted(one.metadata["Name"] for one in importlib.metadata.distributions()),
        "lock": Path("/opt/venv.txt").read_text(),
        "failed": not_imported(stage) if CODE.is_dir() else {},
        "folders": sorted(path.name for path in CODE.glob("*/") if path.name != "__pycache__"),
        "uncompiled": without_byte_code(),
        "weights": [str(path) for path in files if path.suffix in WEIGHTS],
        "builders": [name for name in ("pip", "uv", "gcc", "cc", "make", "git") if shutil.which(name)],
        "writable": [folder for folder in ("/scratch", "/tmp", "/opt", "/opt/clipmill", "/") if is_writable(folder)],
        "scratch": tempfile.gettempdir(),
        "user": [os.getuid(), os.getgid()],
        "revision": os.environ["CLIPMILL_REVISION"],
    }
    print(json.dumps(found))


main()
