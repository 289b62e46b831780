"""When `ingest` runs by itself, as CLIPMILL_SCHEDULE says: JSON, or the path of a file that holds it.

    {"cron": "0 3 * * *", "timezone": "Europe/Berlin", "recipe": "robots"}

Without it (or where the file is not there) `ingest` runs when it is asked to.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, CronDataIntervalTimetable
from croniter import croniter

NEW_VIDEOS = Asset("clipmill_videos", uri="clipmill://videos")
"""Whoever puts videos where a recipe looks may say so by an event of this asset, and need not wait for the clock."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When, and for which recipe."""

    cron: str
    recipe: str
    timezone: str = "UTC"

    @property
    def timetable(self) -> AssetOrTimeSchedule:
        """Runs with the interval of time that they are for, so that a backfill's runs know theirs; and on events."""
        clock = CronDataIntervalTimetable(self.cron, timezone=self.timezone)
        return AssetOrTimeSchedule(timetable=clock, assets=[NEW_VIDEOS])


def read_schedule() -> Schedule | None:
    """The schedule of this installation. Raises ValueError saying what is wrong with it."""
    said = os.environ.get("CLIPMILL_SCHEDULE", "").strip()
    if said and not said.startswith("{"):
        path = Path(said)
        said = path.read_text() if path.is_file() else ""
    return _parsed(json.loads(said)) if said.strip() else None


def _parsed(body: dict[str, Any]) -> Schedule:
    try:
        schedule = Schedule(**body)
    except TypeError as error:
        raise ValueError(f"CLIPMILL_SCHEDULE: wants cron, recipe and perhaps timezone, given {sorted(body)}") from error
    try:
        croniter(schedule.cron).get_next()
    except ValueError as error:
        raise ValueError(f"CLIPMILL_SCHEDULE: {schedule.cron!r} is no time that comes again: {error}") from error
    return schedule
