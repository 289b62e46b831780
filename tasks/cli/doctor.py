"""What is right and wrong with a run and its catalog, and what to do about it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tasks.core.catalog import Catalog, Connection, Row
from tasks.core.catalog.migrate import check_schema
from tasks.core.errors import NotFound, ObjectMissing, SchemaMismatch, StageRefused, TryAgain
from tasks.core.store import Store, open_store
from tasks.report.advice import advice
from tasks.report.funnel import Funnel, RunFacts, check_sums, newest_run, read_funnel
from tasks.report.wording import count, length, printable

FILES_NAMED = 3
"""Files of each kind of failure that are named."""

SAMPLE = 200
"""Objects of each sort that are looked up, unless all are asked for."""

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    check: str
    level: Level
    """`note` is something to know that needs nobody: a file that is no video, work left for the next run."""
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings about one run."""

    run_id: str | None
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.level != "wrong" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """One stable object: `run_id`, `well`, and `findings` with check, level, says and do."""
        return {"run_id": self.run_id, "well": self.is_well, "findings": [asdict(one) for one in self.findings]}


def diagnose(catalog: Catalog, run_id: str | None, *, all_objects: bool = False) -> Diagnosis:
    """Every check on the run, the newest where none is named."""
    schema = _check_schema(catalog)
    if schema.level == "wrong":
        return Diagnosis(run_id, (schema,))
    with catalog.begin() as connection:
        try:
            run_id = run_id or newest_run(connection)
        except NotFound:
            return Diagnosis(None, (schema, Finding("runs", "note", "no run yet", "`clipmill demo` makes one")))
        funnel = read_funnel(connection, run_id)
        findings = [schema, *_check_funnel(funnel)]
        for check in (_check_failures, _check_reservations, _check_stage_runs):
            findings += check(connection, funnel.run)
        findings.append(_check_objects(connection, funnel, SAMPLE if not all_objects else None))
    return Diagnosis(run_id, tuple(findings))


def _check_schema(catalog: Catalog) -> Finding:
    try:
        check_schema(catalog)
    except SchemaMismatch as error:
        return Finding("catalog schema", "wrong", error.detail, "clipmill catalog migrate")
    return Finding("catalog schema", "ok", "as this version of clipmill expects it")


def _check_funnel(funnel: Funnel) -> Iterator[Finding]:
    problems = check_sums(funnel)
    if problems:
        yield Finding("in = out", "wrong", "; ".join(problems), "report this: rows were lost or doubled")
    else:
        files, clips = funnel.line("ingest", "files").entered, funnel.line("crop").entered
        spans = funnel.line("split", "spans").entered
        inputs = f"{count(files.count, 'files')}, {count(clips.count, 'clips')}, {length(spans.seconds)} of video"
        yield Finding("in = out", "ok", f"{inputs}: every one is accounted for")
    left = Counter[str]()
    for line in funnel.lines:
        left[line.unit] += sum(rest.amount.count for rest in line.rest if rest.state == "pending")
    waiting = ", ".join(count(left[unit], unit) for unit in left if left[unit])
    if waiting:
        again = f"`clipmill run {funnel.run.recipe}`, unless the run is still going"
        yield Finding("work left", "note", f"{waiting} still to do", again)


def _check_failures(connection: Connection, run: RunFacts) -> Iterator[Finding]:
    failures = connection.rows("report/failures", run=run.run_id)
    for kind, number_of in Counter(row["kind"] for row in failures).most_common():
        of_kind = [row for row in failures if row["kind"] == kind]
        stages = ", ".join(sorted({row["stage"] for row in of_kind}))
        found = advice(kind)
        level: Level = "note" if found.is_of_file else "wrong"
        yield Finding(
            f"failed: {kind}",
            level,
            f"{number_of} in {stages}: {_named(of_kind)}",
            found.text.replace("RECIPE", run.recipe),
        )
    if not failures:
        yield Finding("failures", "ok", "nothing is in quarantine")


def _named(failures: Sequence[Row]) -> str:
    """The first files of these failures, and how many more there are."""
    paths = list(dict.fromkeys(printable(row["path"] or row["uri"] or str(row["subject_id"])) for row in failures))
    more = [f"{len(paths) - FILES_NAMED:,} more"] if len(paths) > FILES_NAMED else []
    return ", ".join([*paths[:FILES_NAMED], *more])


def _check_reservations(connection: Connection, run: RunFacts) -> Iterator[Finding]:
    expired = connection.rows("cli/expired_reservations")
    for row in expired:
        says = f"{count(row['subjects'], 'reservations')} of batch {row['batch_id']} never given back"
        yield Finding("reservations", "wrong", says, f"the process died; `clipmill run {run.recipe}` takes them over")
    if not expired:
        yield Finding("reservations", "ok", "none has expired")


def _check_stage_runs(connection: Connection, run: RunFacts) -> Iterator[Finding]:
    bad = connection.rows("cli/bad_ends", run=run.run_id)
    for row in bad:
        where = f"{row['stage']} on {row['batch_id']}" if row["batch_id"] else row["stage"]
        where += f" of {row['phase']}" if row["phase"] else ""
        if row["ended_at"] is None:
            says, how = f"{where} never ended (on {row['host']})", _DO[None]
        else:
            why = row["error"] or "it left no word; the task's log in Airflow may say more"
            says, how = f"{where} ended with exit code {row['exit_code']}: {why}", _DO.get(row["exit_code"], _DO[1])
        yield Finding("stage runs", "wrong", says, f"{how}`clipmill run {run.recipe}`")
    if not bad:
        yield Finding("stage runs", "ok", "every stage ended well")


_DO: dict[int | None, str] = {
    None: "its process was killed; to try again: ",
    1: "a bug: report it; to try again: ",
    75: "the store, the catalog or the disk could not serve; once that is mended: ",
    78: "it refused; once what it names is mended: ",
}
"""What to do about an exit code, before the command that tries again."""


def _check_objects(connection: Connection, funnel: Funnel, limit: int | None) -> Finding:
    dataset = connection.row("report/run", run=funnel.run.run_id)
    rows = connection.rows("cli/objects", run=funnel.run.run_id, dataset=dataset and dataset["dataset_id"], limit=limit)
    if not rows:
        return Finding("objects", "ok", "nothing has been stored yet")
    try:
        store = open_store(funnel.run.store_url)
        missing = [row["object_key"] for row in rows if not _is_whole(store, row["object_key"], row["size_bytes"])]
    except (StageRefused, TryAgain) as error:
        return Finding("objects", "wrong", str(error), "see that the store can be reached, then ask again")
    if missing:
        says = f"{len(missing)} of {len(rows)} are missing or have another size in {funnel.run.store_url}: {missing[0]}"
        return Finding("objects", "wrong", says, "bring them back from a backup; what is gone cannot be told from here")
    which = "all" if limit is None or len(rows) < limit else "a sample of"
    return Finding("objects", "ok", f"{which} {len(rows)} clips and shards are where they should be")


def _is_whole(store: Store, key: str, size_bytes: int) -> bool:
    try:
        return store.stat(key).size_bytes == size_bytes
    except ObjectMissing:
        return False
