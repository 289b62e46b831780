"""The page about a run: one HTML file that needs nothing else."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tasks.core.amounts import size
from tasks.core.catalog import Connection, Row
from tasks.core.model import content_hash
from tasks.core.policy import said_policy
from tasks.report import coverage, histogram, wording
from tasks.report.advice import Advice, advice
from tasks.report.captions import Captions, read_captions
from tasks.report.coverage import Coverage, read_embedded
from tasks.report.domain import Ranking, read_ranking
from tasks.report.duplicates import Duplicates, read_duplicates
from tasks.report.effects import Effects, alike, effects
from tasks.report.funnel import Amount, Funnel, Line, RunFacts, check_sums, read_funnel
from tasks.report.histogram import Histogram, read_histograms
from tasks.report.nearest import Edge, read_edges
from tasks.report.policies import AppliedPolicy, read_policy
from tasks.report.samples import Picture, Sample, draw, pictures

SMALL_SIDE_PX = 160
FAILURES_SHOWN = 100
"""Of each kind; a page is for reading."""


@dataclass(frozen=True, slots=True)
class FailureKind:
    """All failures of one kind."""

    kind: str
    advice: Advice
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the page tells, as the catalog had it at one moment."""

    funnel: Funnel
    histograms: tuple[Histogram, ...]
    policy: AppliedPolicy
    effects: Effects
    edges: tuple[Edge, ...]
    duplicates: Duplicates | None
    """None where the policy keeps copies."""
    embedded: tuple[Row, ...]
    """Clips to draw a map of."""
    domain: Ranking
    """Of no clip where the recipe names no domain."""
    failures: tuple[FailureKind, ...]
    kept: tuple[Sample, ...]
    dropped: tuple[Sample, ...]
    captions: Captions
    sources: tuple[Row, ...]
    work: tuple[Row, ...]


def read_facts(connection: Connection, run_id: str) -> Facts:
    """What the page tells of a run. Raises NotFound where there is no such run."""
    funnel = read_funnel(connection, run_id)
    policy = read_policy(connection, funnel.run.policy_hash, funnel.run.basis)
    judged = [alike(row) for row in connection.rows("report/judged", run=run_id)]
    kept, dropped = draw(connection, run_id, "kept"), draw(connection, run_id, "dropped")
    return Facts(
        funnel=funnel,
        histograms=tuple(read_histograms(connection, run_id, policy)),
        policy=policy,
        effects=effects(policy.policy, judged),
        edges=tuple(read_edges(connection, run_id, policy)),
        duplicates=read_duplicates(connection, run_id),
        embedded=tuple(read_embedded(connection, run_id)),
        domain=read_ranking(connection, run_id),
        failures=tuple(_by_kind(connection.rows("report/failures", run=run_id))),
        kept=tuple(kept),
        dropped=tuple(dropped),
        captions=read_captions(connection, run_id, [one.subject_id for one in kept]),
        sources=tuple(connection.rows("report/sources_of_run", run=run_id)),
        work=tuple(connection.rows("report/work", run=run_id)),
    )


def _by_kind(failures: Sequence[Row]) -> list[FailureKind]:
    def kind_of(row: Row) -> str:
        return str(row["kind"])

    groups = groupby(sorted(failures, key=kind_of), key=kind_of)
    kinds = [FailureKind(kind, advice(kind), tuple(rows)) for kind, rows in groups]
    return sorted(kinds, key=lambda one: (one.advice.is_of_file, -len(one.rows)))


def look(facts: Facts, seen: Coverage) -> dict[uuid.UUID, Picture]:
    """A picture of every clip that the page shows; small ones of those that it does not show at random."""
    drawn = {one.subject_id: one for one in (*facts.kept, *facts.dropped)}
    beside = [one.sample for edge in facts.edges for one in edge.clips]
    alike = facts.duplicates.shown if facts.duplicates else ()
    ranked = [one.sample for one in (*facts.domain.best, *facts.domain.worst)]
    groups = [group.central for group in seen.groups]
    small = {one.subject_id: one for one in (*beside, *alike, *groups, *ranked)}
    only_small = [one for subject, one in small.items() if subject not in drawn]
    return pictures(list(drawn.values())) | pictures(only_small, SMALL_SIDE_PX)


def render(facts: Facts, seen: Coverage, pictures: dict[uuid.UUID, Picture]) -> str:
    """The HTML of the page. File names and messages come from outside: all of it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=wording.length,
        size=size,
        number=wording.number,
        brief=wording.brief,
        code=_code,
        count=wording.count,
        percent=wording.percent,
        shown=wording.printable,
        policy=_policy,
    )
    environment.globals.update(bounds=wording.bounds, rest_label=wording.rest_label, width_share=_width_share)
    return environment.get_template("page.html").render(
        facts=facts,
        run=facts.funnel.run,
        problems=check_sums(facts.funnel),
        pictures=pictures,
        chart=histogram,
        seen=seen,
        map=coverage,
        failures_shown=FAILURES_SHOWN,
    )


def _policy(run: RunFacts) -> str:
    return said_policy(run.policy, run.policy_version, run.policy_hash)


def _code(text: str) -> Markup:
    """The text with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _width_share(funnel: Funnel, line: Line, amount: Amount) -> float:
    """Width of an amount in the drawing, in percent of the first line of its unit; spans go by their length."""
    first = next(one for one in funnel.lines if one.unit == line.unit).entered
    part, whole = (amount.seconds, first.seconds) if line.unit == "spans" else (amount.count, first.count)
    return round(100 * part / whole, 3) if whole else 0.0


LATEST = "reports/latest.html"
"""Key of a copy of the newest page."""


def report_key(run_id: str) -> str:
    """The page's key below the dataset's store: the run's id, as far as a key may hold it."""
    safe = re.sub(r"[^A-Za-z0-9._+-]+", "-", run_id).lstrip(".+-")[:120]
    suffix = "" if safe == run_id else f"-{content_hash(run_id)[:8]}"
    return f"reports/{safe or 'run'}{suffix}.html"
