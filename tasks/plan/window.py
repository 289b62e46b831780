"""Which videos a run with a window takes up."""

from tasks.core.catalog import Connection
from tasks.core.catalog.work import Run
from tasks.core.model import content_id
from tasks.core.recipe import SourceSettings
from tasks.core.window import Window


def gather_window(connection: Connection, run: Run) -> int:
    """The number of videos that were added to those of the run's window; nothing where it has none.

    By the same rule as `ingest` lists: what a backfill of a day finds is what it works on.
    """
    if run.window == (None, None):
        return 0
    return sum(_gather(connection, run, source) for source in run.recipe.sources)


def _gather(connection: Connection, run: Run, source: SourceSettings) -> int:
    source_id = content_id("source", source.kind, source.uri)
    window = Window(*run.window, source.listing.date_in_key)
    if window.date_in_key is None:
        return connection.run("plan/gather_window", run=run.run_id, source=source_id)
    places = connection.rows("plan/places", source=source_id, beginnings=list(window.beginnings()))
    videos = {place["video_id"] for place in places if window.holds_date_of(place["path"])}
    return connection.copy("window_video", ("run_id", "video_id"), [(run.run_id, video) for video in videos])
