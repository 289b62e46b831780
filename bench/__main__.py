"""Runs the benchmarks and prints one table: `python -m bench [NAME ...]`, all of them where none is named.

Each is a module with `figures()`, run in a process of its own. `--list` names them; the figures are also written to
bench/results/ as JSON, with the machine's load. Exit code 1 where a goal is missed or a benchmark fails.
"""

import argparse
import ast
import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.figure import CLIPS_VARIABLE, DATA_VARIABLE, Figure, figures_of

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def main() -> int:
    """Prints the table; 1 where something is amiss."""
    known = benches()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    parser.add_argument("--data", metavar="FOLDER", help="truth.json, real/ and composed/, instead of a sibling's")
    parser.add_argument("--clips", type=int, help="how many vectors dedup_index makes, instead of a million")
    asked = parser.parse_args()
    if asked.data:
        os.environ[DATA_VARIABLE] = asked.data
    if asked.clips:
        os.environ[CLIPS_VARIABLE] = str(asked.clips)
    if unknown := sorted(set(asked.names) - set(known)):
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}")
    if asked.list:
        print("\n".join(f"{name:16} {says}" for name, says in known.items()))
        return 0
    found = {name: measured(name) for name in asked.names or known}
    print(f"\n{table(found)}\n\nload of the last minute {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"written to {written(found)}")
    return int(not all(figures and all(figure.is_met for figure in figures) for figures in found.values()))


def benches() -> dict[str, str]:
    """First line of what each benchmark says of itself, by name; none is imported, as each needs what it needs."""
    trees = {found.stem: ast.parse(found.read_text()) for found in sorted(HERE.glob("*.py"))}
    return {
        name: (ast.get_docstring(tree) or "").partition("\n")[0]
        for name, tree in trees.items()
        if any(isinstance(node, ast.FunctionDef) and node.name == "figures" for node in tree.body)
    }


def measured(name: str) -> list[Figure]:
    """The figures of one benchmark; none where it failed, which is told at once."""
    print(f"-- {name}", flush=True)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        future = alone.submit(figures_of, name)
        if error := future.exception():
            print(f"{name} failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            return []
        return future.result()


def table(found: dict[str, list[Figure]]) -> str:
    """All figures in columns."""
    rows = [figure.row(name) for name, figures in found.items() for figure in figures]
    failed = [f"{name:16} FAILED" for name, figures in found.items() if not figures]
    return "\n".join([f"{'':16} {'measure':58} {'value':>16} {'goal':>10}  ok", *rows, *failed])


def written(found: dict[str, list[Figure]]) -> Path:
    """The file with all figures."""
    now = datetime.now(UTC)
    body = {
        "at": now.isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "figures": {
            name: [{**asdict(figure), "is_met": figure.is_met} for figure in figures] for name, figures in found.items()
        },
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(body, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
