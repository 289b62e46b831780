"""Stands where the stages' Python would: answers `-m tasks.<stage> ...` as the contract says, and does no work.

`behaviour.json` in CLIPMILL_PRETEND_FOLDER says how: `ingest`, `videos`, `clips`, `candidates`, `survivors` (batches
that `plan` cuts, or 0), `exits` (`stage:batch`, `stage:phase` or `stage` to a list of exit codes, one per try; then 0).
"""

import argparse
import json
import os
import sqlite3
import sys
from pathlib import Path

FOLDER = Path(os.environ["CLIPMILL_PRETEND_FOLDER"])

# The contract of a stage's command line, as strict as the stages themselves.
CONTRACT = argparse.ArgumentParser(allow_abbrev=False)
CONTRACT.add_argument("-m", dest="module", required=True)
CONTRACT.add_argument("--run", required=True)
CONTRACT.add_argument("--batch")
CONTRACT.add_argument("--phase", choices=["ingest", "videos", "clips", "candidates", "survivors", "close"])
CONTRACT.add_argument("--params", type=json.loads)


def main() -> int:
    """The exit code that the behaviour asks for."""
    asked = CONTRACT.parse_args()
    behaviour = json.loads((FOLDER / "behaviour.json").read_text())
    with (FOLDER / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps(sys.argv[2:]) + "\n")
    stage = asked.module.removeprefix("tasks.")
    say("info", "stage_started", run=asked.run, stage=stage)
    part = (asked.batch or asked.phase or "").removeprefix(f"{asked.run}.")
    code = exit_code(behaviour.get("exits", {}), f"{stage}:{part}".rstrip(":"))
    if code:
        say("error", "stage_ended", error=f"pretended {code}")
    elif asked.phase in ("ingest", "videos", "clips", "candidates", "survivors"):
        cut_batches(asked.run, asked.phase, behaviour.get(asked.phase, 0))
    return code


def exit_code(exits: dict[str, list[int]], what: str) -> int:
    """The code for this try of this work; 0 once the list is used up."""
    with (FOLDER / f"tries of {what}").open("a+") as tries:
        tries.write("x")
        tries.seek(0)
        attempt = len(tries.read())
    codes = exits.get(what, [])
    return codes[attempt - 1] if attempt <= len(codes) else 0


def cut_batches(run: str, phase: str, count: int) -> None:
    """Write the rows that the DAG reads; the last one first, since the order must come from the query."""
    with sqlite3.connect(FOLDER / "catalog.db") as catalog:
        catalog.execute("create table if not exists run (run_id text primary key)")
        catalog.execute("create table if not exists batch (batch_id text, run_id text, phase text, ordinal int)")
        catalog.execute("insert or ignore into run values (?)", (run,))
        rows = [(f"{run}.{phase}-{ordinal}", run, phase, ordinal) for ordinal in range(count)]
        catalog.executemany("insert into batch values (?, ?, ?, ?)", rows[::-1])


def say(level: str, event: str, **fields: str) -> None:
    """One line of JSON, as the stages log."""
    print(json.dumps({"time": "2026-01-01T00:00:00.000+00:00", "level": level, "event": event, **fields}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
