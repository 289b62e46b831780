"""Settling clusters in the catalog: only those that a new pair, verdict or failed encoding has touched."""

from tasks.core.catalog import Connection, Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.clusters import Candidate, Limits, Pair, Place, settle_vectors

MEMBER = ("cluster_key", "clip_id", "representative_id", "similarity", "run_id")


def settle_clusters(connection: Connection, run_id: str) -> int:
    """The number of clips whose place has changed; nothing where the policy keeps copies."""
    gathered = connection.row("plan/gather_clusters", run=run_id)
    if gathered is None:
        return 0
    limits = Limits(gathered["similarity"], gathered["same_video"])
    changed = _changed(connection, run_id, limits) if gathered["clips"] else {}
    rows = [
        (
            gathered["cluster_key"],
            clip,
            *((place.representative_id, place.similarity) if place else (None, None)),
            run_id,
        )
        for clip, place in changed.items()
    ]
    connection.copy("cluster_member", MEMBER, rows, upsert=False)
    connection.run("plan/end_cluster_pass", run=run_id, pair_sequence=gathered["pair_sequence"])
    return len(rows)


def _changed(connection: Connection, run_id: str, limits: Limits) -> dict[object, Place | None]:
    """The new places of the clips that were touched and have moved; None for those out of the question."""
    clips = connection.rows("plan/touched_clips", run=run_id)
    alike = (
        Pair(as_uuid(row["vector_a"]), as_uuid(row["vector_b"]), row["similarity"])
        for row in connection.rows("plan/touched_pairs")
    )
    ranked = [_candidate(row) for row in clips if row["vector_id"] is not None]
    places = settle_vectors(ranked, alike, limits)
    now = {as_uuid(row["clip_id"]): (places.get(as_uuid(row["clip_id"])), _place_of(row)) for row in clips}
    return {clip: place for clip, (place, before) in now.items() if place != before}


def _candidate(row: Row) -> Candidate:
    return Candidate(as_uuid(row["clip_id"]), as_uuid(row["vector_id"]), as_uuid(row["video_id"]))


def _place_of(row: Row) -> Place | None:
    named = row["representative_id"]
    return None if named is None else Place(as_uuid(named), row["similarity"])
