"""The funnel of a run: what goes in and out of every stage, where the rest is, and the proof that nothing is lost."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from tasks.core.catalog import Connection, Row
from tasks.core.errors import NotFound

SLACK_SHARE = 1e-6
"""Seconds are sums of doubles, added up in different orders."""


@dataclass(frozen=True, slots=True)
class Amount:
    """So many files, spans or clips, and their length."""

    count: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.count + other.count, self.seconds + other.seconds)

    def equals(self, other: "Amount") -> bool:
        """Whether both are the same, up to what adding doubles costs."""
        return self.count == other.count and math.isclose(
            self.seconds, other.seconds, rel_tol=SLACK_SHARE, abs_tol=SLACK_SHARE
        )


@dataclass(frozen=True, slots=True)
class Rest:
    """What a stage did not let through, for one reason."""

    state: str
    """duplicate_file, failed, pending, set_aside, dropped, held, unmeasured or excluded."""
    reason: str | None
    """The error kind, the rule or the kind of span; None where the state says it all."""
    amount: Amount


@dataclass(frozen=True, slots=True)
class Line:
    """One stage of the funnel, in one unit."""

    stage: str
    unit: str
    """files, spans or clips."""
    entered: Amount
    left: Amount
    rest: tuple[Rest, ...]

    @property
    def accounted(self) -> Amount:
        """What came out and the rest together; equal to what entered."""
        return sum((rest.amount for rest in self.rest), self.left)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run and what it belongs to."""

    run_id: str
    started_at: datetime
    closed_at: datetime | None
    recipe: str
    recipe_hash: str
    policy: str
    policy_version: int
    policy_hash: str
    basis: str
    dataset: str
    store_url: str
    version: int | None
    """Newest published version of the dataset."""
    version_clips: int
    version_seconds: float
    version_bytes: int
    is_version_of_run: bool
    """Whether this run published it."""
    clip_limit: int | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The whole of a run, stage by stage."""

    run: RunFacts
    lines: tuple[Line, ...]
    uncovered: tuple[Row, ...]
    """Videos whose spans do not add up to what decodes: none, unless something is wrong."""

    def line(self, stage: str, unit: str = "clips") -> Line:
        """The line of a stage."""
        return next(line for line in self.lines if (line.stage, line.unit) == (stage, unit))


def newest_run(connection: Connection) -> str:
    """Id of the newest run that curates. Raises NotFound where there is none."""
    run_id = connection.value("report/newest_run")
    if run_id is None:
        raise NotFound("no run yet; `clipmill demo` makes one")
    return str(run_id)


def read_funnel(connection: Connection, run_id: str) -> Funnel:
    """The funnel of a run as the catalog stands now. Raises NotFound where there is no such run."""
    lines = _lines(connection.rows("report/funnel", run=run_id))
    return Funnel(read_run(connection, run_id), lines, tuple(connection.rows("report/uncovered_videos", run=run_id)))


def read_run(connection: Connection, run_id: str) -> RunFacts:
    """The run. Raises NotFound where there is none of that id."""
    row = connection.row("report/run", run=run_id)
    if row is None:
        raise NotFound(f"run {run_id!r}")
    own = ("run_id", "started_at", "closed_at", "recipe", "recipe_hash", "policy", "policy_version", "policy_hash")
    return RunFacts(
        **{name: row[name] for name in (*own, "clip_limit", "version")},
        basis=str(row["basis"]),
        dataset=row["dataset"] or "",
        store_url=row["store_url"] or "",
        version_clips=row["clip_count"] or 0,
        version_seconds=row["duration_s"] or 0.0,
        version_bytes=row["size_bytes"] or 0,
        is_version_of_run=bool(row["is_version_of_run"]),
    )


STAGES = (
    ("ingest", "files"),
    ("split", "files"),
    ("split", "spans"),
    ("crop", "clips"),
    ("filter", "clips"),
    ("embed", "clips"),
    ("dedup", "clips"),
    ("transcode", "clips"),
    ("shard", "clips"),
    ("publish", "clips"),
)
"""The lines in order; what leaves one enters the next, but that split makes spans of files."""


def _lines(rows: Iterable[Row]) -> tuple[Line, ...]:
    found = {number: list(group) for number, group in groupby(rows, key=lambda row: int(row["line"]))}
    return tuple(_line(stage, unit, found.get(number, ())) for number, (stage, unit) in enumerate(STAGES, start=1))


def _line(stage: str, unit: str, rows: Sequence[Row]) -> Line:
    through = {row["flow"]: _amount(row) for row in rows if row["flow"] in ("in", "out")}
    rest = tuple(Rest(row["flow"], row["reason"], _amount(row)) for row in rows if row["flow"] not in through)
    return Line(stage, unit, through.get("in", Amount()), through.get("out", Amount()), rest)


def _amount(row: Row) -> Amount:
    return Amount(int(row["things"]), float(row["seconds"]))


def check_sums(funnel: Funnel) -> list[str]:
    """What does not add up, a sentence each; empty when in = out in files, clips and seconds, through every stage."""
    problems = [_unequal(line) for line in funnel.lines if not line.entered.equals(line.accounted)]
    for before, after in zip(funnel.lines, funnel.lines[1:], strict=False):
        if before.unit == after.unit and not before.left.equals(after.entered):
            entered, left = _said(after.entered, after), _said(before.left, before)
            problems.append(f"{after.stage}: {entered} go in where {before.stage} lets out {left}")
    cut, clips = funnel.line("split", "spans"), funnel.line("crop")
    if not cut.left.equals(clips.entered):
        problems.append(f"crop: {_said(clips.entered, clips)} go in where split cuts {_said(cut.left, clips)}")
    for row in funnel.uncovered:
        problems.append(f"split: {row['path']} has {row['duration_s']:.3f} s, its spans {row['spans_s'] or 0:.3f} s")
    return problems


def _unequal(line: Line) -> str:
    entered, accounted = _said(line.entered, line), _said(line.accounted, line)
    return f"{line.stage}: {entered} go in, {accounted} are accounted for"


def _said(amount: Amount, line: Line) -> str:
    return f"{amount.count} {line.unit} ({amount.seconds:.3f} s)"


def as_json(funnel: Funnel) -> dict[str, Any]:
    """The funnel as one stable JSON object: `run`, `stages` with `in`, `out` and `rest`, and `problems`."""
    run = asdict(funnel.run)
    times = {name: run[name].isoformat() if run[name] else None for name in ("started_at", "closed_at")}
    return {
        "run": {**run, **times},
        "stages": [_line_json(line) for line in funnel.lines],
        "problems": check_sums(funnel),
    }


def _line_json(line: Line) -> dict[str, Any]:
    rest = [{"state": one.state, "reason": one.reason, **asdict(one.amount)} for one in line.rest]
    return {"stage": line.stage, "unit": line.unit, "in": asdict(line.entered), "out": asdict(line.left), "rest": rest}
