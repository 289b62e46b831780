"""Who works on what: reservations with fencing numbers, attempts, quarantine, stage runs."""

import os
import socket
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tasks.core.catalog.connection import Catalog, Connection, Row, as_uuid
from tasks.core.errors import StageRefused
from tasks.core.keys import StageKey
from tasks.core.model import content_id
from tasks.core.recipe import Recipe, parse_recipe
from tasks.core.tally import Tally

LAST_OBSERVED = 2
"""Deaths of an item's own process after which it is quarantined."""
LAST_UNENDED = 10
"""Deaths of the whole stage with the item in hand after which it is quarantined: nearly always others are to blame."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as registered: its recipe, and the keys of all its stages."""

    run_id: str
    recipe: Recipe
    recipe_hash: str
    policy_hash: str
    basis: uuid.UUID
    keys: dict[str, StageKey]
    is_dry: bool = False
    """Whether the run only says what it would do."""
    window: tuple[datetime | None, datetime | None] = (None, None)
    """From, and up to but without, in UTC: what `ingest` lists and what is taken up of it."""

    def keys_of(self, stage: str) -> list[str]:
        """Every key of a stage as text, its scorers' included."""
        return [str(key.key) for key in self.keys.values() if key.stage == stage]

    def key(self, name: str) -> str:
        """One key as text."""
        return str(self.keys[name].key)


def load_run(connection: Connection, run_id: str) -> Run:
    """The registered run. Raises StageRefused when there is none of that id."""
    row = connection.row("work/run", run=run_id)
    if row is None:
        raise StageRefused(f"run {run_id!r} is not registered; `plan` does that")
    recipe = parse_recipe(row["recipe"], f"recipe {row['recipe_hash'][:12]}")
    # As registered: a run keeps its keys, even where newer code would make others.
    keys = {key["name"]: _key_of(key) for key in connection.rows("work/run_keys", run=run_id)}
    return Run(
        run_id,
        recipe,
        row["recipe_hash"],
        row["policy_hash"],
        as_uuid(row["basis"]),
        keys,
        is_dry=bool(row["params"].get("dry_run")),
        window=_window(row),
    )


def _window(row: Row) -> tuple[datetime | None, datetime | None]:
    bounds = (row["window_from"], row["window_to"])
    return bounds[0] and bounds[0].astimezone(UTC), bounds[1] and bounds[1].astimezone(UTC)


def _key_of(row: Row) -> StageKey:
    return StageKey(row["name"], row["stage"], as_uuid(row["stage_key"]), row["fingerprint"])


@dataclass(slots=True)
class StageRun:
    """One stage on one batch: the lineage of every row it writes."""

    catalog: Catalog
    run: Run
    stage: str
    batch: str | None
    stage_run_id: uuid.UUID
    fence: int = 0
    phase: str | None = None
    """Of `plan`, what it plans."""

    @property
    def key(self) -> str:
        """The stage's own key as text."""
        return self.run.key(self.stage)

    def start(self) -> None:
        """Records that the stage begins here and now."""
        with self.catalog.begin() as connection:
            connection.run(
                "work/start_stage_run",
                stage_run_id=self.stage_run_id,
                run=self.run.run_id,
                stage=self.stage,
                batch=self.batch,
                phase=self.phase,
                host=socket.gethostname(),
                image=os.environ.get("CLIPMILL_IMAGE"),
                code_revision=os.environ.get("CLIPMILL_REVISION"),
            )

    def end(self, exit_code: int, tally: Tally) -> None:
        """Records how it ended."""
        with self.catalog.begin() as connection:
            connection.run(
                "work/end_stage_run",
                stage_run_id=self.stage_run_id,
                exit_code=exit_code,
                done=tally.done,
                failed=tally.failed,
                cpu_s=tally.used.cpu_s,
                error=tally.error,
            )

    def take(self) -> set[uuid.UUID]:
        """The members of the batch that are ours to work on, under a new fencing number."""
        keys = self.run.keys_of(self.stage)
        with self.catalog.begin() as connection:
            self.fence = connection.value("work/next_fence")
            connection.run(
                "work/reserve",
                keys=keys,
                batch=self.batch,
                run=self.run.run_id,
                fence=self.fence,
                seconds=self.run.recipe.plan.reservation_s,
            )
            rows = connection.rows("work/reserved", keys=keys, batch=self.batch, fence=self.fence)
        return {as_uuid(row["subject_id"]) for row in rows}

    def renew(self) -> None:
        """Says that the work is still being done."""
        with self.catalog.begin() as connection:
            connection.run("work/renew", batch=self.batch, fence=self.fence, seconds=self.run.recipe.plan.reservation_s)

    def hold(self, connection: Connection, subjects: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Those of the subjects that nobody has taken over; they stay ours until the transaction ends."""
        rows = connection.rows("work/hold", key=self.key, subjects=_texts(subjects), batch=self.batch, fence=self.fence)
        return {as_uuid(row["subject_id"]) for row in rows}

    def is_superseded(self) -> bool:
        """Whether a newer process of the same batch works on it."""
        with self.catalog.begin() as connection:
            return bool(connection.value("work/superseded", key=self.key, batch=self.batch, fence=self.fence))

    def release(self) -> None:
        """Frees the batch under this stage's keys: all that could be done is done."""
        with self.catalog.begin() as connection:
            keys = self.run.keys_of(self.stage)
            connection.run("work/release", batch=self.batch, fence=self.fence, keys=keys)

    def unended(self, subjects: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row]:
        """Attempts that never ended, by subject: `last`, `unended`, `observed`."""
        with self.catalog.begin() as connection:
            rows = connection.rows("work/unended_attempts", key=self.key, subjects=_texts(subjects))
        return {as_uuid(row["subject_id"]): row for row in rows}

    def begin_attempt(self, subject: uuid.UUID, attempt: int) -> None:
        """Commits that an item is about to start."""
        with self.catalog.begin() as connection:
            connection.run(
                "work/begin_attempt",
                stage=self.stage,
                key=self.key,
                subject=subject,
                stage_run_id=self.stage_run_id,
                attempt=attempt,
            )

    def mark_observed(self, subject: uuid.UUID, attempt: int) -> None:
        """Commits that the item's own process died."""
        with self.catalog.begin() as connection:
            connection.run("work/mark_observed", key=self.key, subject=subject, attempt=attempt)

    def end_attempts(self, connection: Connection, subjects: Iterable[uuid.UUID]) -> None:
        """Forgets the attempts of items that ended."""
        connection.run("work/end_attempts", key=self.key, subjects=_texts(subjects))

    def withdraw_attempts(self) -> None:
        """Forgets the attempts in hand: the stage stops of its own will."""
        with self.catalog.begin() as connection:
            connection.run("work/withdraw_attempts", stage_run_id=self.stage_run_id)

    def quarantine(self, connection: Connection, subject: uuid.UUID, kind: str, message: str, tries: int) -> None:
        """Writes a failure row; the subject is not tried again until released."""
        values: dict[str, Any] = {"kind": kind, "message": message.replace("\0", "")[:2000], "tries": tries}
        connection.run(
            "work/quarantine",
            failure_id=content_id("failure", self.stage_run_id, self.key, subject),
            stage=self.stage,
            key=self.key,
            subject=subject,
            stage_run_id=self.stage_run_id,
            **values,
        )


def is_spent(unended: Row) -> bool:
    """Whether an item has died often enough to be quarantined as `killed`."""
    return bool(unended["observed"] >= LAST_OBSERVED or unended["unended"] >= LAST_UNENDED)


def _texts(subjects: Iterable[uuid.UUID]) -> list[str]:
    return [str(subject) for subject in subjects]
