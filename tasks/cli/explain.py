"""The whole story of one clip, or of one video, out of the catalog."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tasks.cli.copies import copies_of
from tasks.core.catalog import Connection, Row
from tasks.core.errors import NotFound
from tasks.core.score_names import SCORES
from tasks.core.settings_rights import USES
from tasks.core.store import is_s3, path_to_uri
from tasks.report.wording import printable

SHORTEST_PREFIX = 6
Story = dict[str, Any]


def explain(connection: Connection, what: str, run_id: str | None = None) -> Story:
    """The story of a clip or video, by id, beginning of an id, or path; plain values that JSON can hold.

    `kind` says which of the two it is. Raises NotFound where nothing fits, or more than one thing does.
    """
    found = find_thing(connection, what)
    if found["kind"] == "clip":
        return plain(_clip_story(connection, found["id"], run_id))
    return plain(_video_story(connection, found["id"], run_id))


def find_clip(connection: Connection, what: str, run_id: str | None) -> tuple[object, str]:
    """The clip that is meant, and the run that sees it: the one asked for, or the newest. Raises NotFound."""
    found = find_thing(connection, what)
    if found["kind"] != "clip":
        raise NotFound(f"a clip {what!r}: that is a {found['kind']}; `clipmill explain` names its clips")
    run = run_id or connection.value("cli/run_of_clip", clip=found["id"])
    if run is None or connection.row("cli/clip", run=run, clip=found["id"]) is None:
        raise NotFound(f"clip {found['id']} in run {run!r}")
    return found["id"], run


def find_thing(connection: Connection, what: str) -> Row:
    """`kind`, `id` and `path` of the clip or video that is meant. Raises NotFound where none is, or several may be."""
    digits = what.replace("-", "").lower()
    found: list[Row] = []
    if re.fullmatch(rf"[0-9a-f]{{{SHORTEST_PREFIX},32}}", digits):
        found = connection.rows("cli/find_ids", low=digits.ljust(32, "0"), high=digits.ljust(32, "f"))
    if not found:
        found = connection.rows(
            "cli/find_path", path=what.removeprefix("./"), uri=what if is_s3(what) else path_to_uri(what)
        )
    if not found:
        raise NotFound(f"{what!r} is neither the id (or its first {SHORTEST_PREFIX} digits) nor the path of anything")
    if len(found) > 1:
        several = ", ".join(f"{row['kind']} {row['id']}{_at(row['path'])}" for row in found)
        raise NotFound(f"{what!r} may mean {several}; give more of it")
    return found[0]


def _at(path: str | None) -> str:
    return f" ({printable(path)})" if path else ""


def _clip_story(connection: Connection, clip: object, run_id: str | None) -> Story:
    run = run_id or connection.value("cli/run_of_clip", clip=clip)
    about = {"run": run, "clip": clip}
    row = connection.row("cli/clip", **about)
    if row is None or run is None:
        raise NotFound(f"clip {clip} in run {run_id!r}")
    box = connection.row("cli/clip_box", **about)
    scores = connection.rows("cli/clip_scores", **about)
    embeddings = connection.rows("cli/clip_embeddings", **about)
    validations = connection.rows("cli/clip_validations", **about)
    captions = connection.rows("cli/clip_captions", **about)
    renditions = connection.rows("cli/clip_renditions", **about)
    made = [*scores, *embeddings, *validations, *captions, *renditions]
    return {
        "kind": "clip",
        "clip_id": clip,
        "run_id": run,
        **_state(connection.row("cli/clip_state", run=run, video=row["video_id"], clip=clip)),
        **_video_and_source(connection, row["video_id"], run),
        "span": _span(row),
        "crop": box and {**box, "confidence": round(box["confidence"], 4)},
        "scores": [one for score in scores for one in _score(score)],
        "rules": [{**rule, "unit": _unit(rule["score"])} for rule in connection.rows("cli/clip_rules", **about)],
        "verdicts": connection.rows("cli/clip_verdicts", clip=clip),
        "blocked": connection.rows("cli/blocked", run=run, clip=clip, video=row["video_id"]),
        "failures": connection.rows("cli/failures_of", subject=clip),
        "embeddings": embeddings,
        "copies": copies_of(connection, run, clip),
        "captions": captions,
        "validations": validations,
        "renditions": renditions,
        "shards": connection.rows("cli/clip_shards", clip=clip),
        "made_by": _lineage(connection, [row, *([box] if box else []), *made]),
    }


def _state(row: Row | None) -> Story:
    """State, reason and stage; a clip that the run's recipe does not cut has none."""
    if row is None:
        return {"state": "not_in_run", "reason": None, "stage": None}
    return {name: row[name] for name in ("state", "reason", "stage")}


def _span(row: Row) -> Story:
    names = ("start_pts", "end_pts", "start_s", "duration_s", "ordinal", "start_frame", "end_frame", "stage_run_id")
    return {
        **{name: row[name] for name in names},
        "time_base": f"{row['time_base_num']}/{row['time_base_den']}",
        "before": row["before"] or row["clip_before"],
        "after": row["after"] or row["clip_after"],
    }


def _score(row: Row) -> list[Story]:
    """One entry for each number that the scorer measures, those it could not measure too."""
    names = [name for name, about in SCORES.items() if about.scorer == row["scorer"]]
    return [
        {
            "score": name,
            "value": row["numbers"].get(name),
            "unit": _unit(name),
            "scorer": row["scorer"],
            "unmeasured": row["unmeasured"] if name not in row["numbers"] else None,
            "stage_key": row["stage_key"],
            "stage_run_id": row["stage_run_id"],
        }
        for name in dict.fromkeys([*names, *row["numbers"]])
    ]


def _unit(score: str) -> str:
    return SCORES[score].unit if score in SCORES else "1"


def _video_story(connection: Connection, video: object, run_id: str | None) -> Story:
    run = run_id or connection.value("cli/run_of_video", video=video)
    if run is None:
        raise NotFound(f"a run that sees video {video}")
    about = {"run": run, "video": video}
    states = {row["clip_id"]: _state(row) for row in connection.rows("cli/clip_state", clip=None, **about)}
    spans = connection.rows("cli/video_spans", **about)
    split = connection.row("cli/video_split", **about)
    failures = connection.rows("cli/failures_of", subject=video)
    story = _video_and_source(connection, video, run)
    state = connection.row("cli/video_state", **about) or {"state": "not_in_run", "reason": None}
    return {
        "kind": "video",
        "video_id": video,
        "run_id": run,
        "state": state["state"],
        "reason": state["reason"],
        **story,
        "split": split,
        "spans": [_span_of_video(span, states) for span in spans],
        "blocked": connection.rows("cli/blocked", run=run, clip=None, video=video),
        "failures": failures,
        "made_by": _lineage(connection, [row for row in (story["video"], split) if row]),
    }


def _span_of_video(span: Row, states: dict[Any, Story]) -> Story:
    """A span with the state of its clip, or the reason why it is none."""
    if span["clip_id"] is None:
        return {**span, "state": "set_aside", "stage": None}
    return {**span, **states.get(span["clip_id"], _state(None))}


def _video_and_source(connection: Connection, video: object, run: str) -> Story:
    row = connection.row("cli/video", video=video, run=run)
    if row is None:
        raise NotFound(f"video {video}")
    source = {"name": row["source"], "uri": row["source_uri"]}
    terms = {name: row[name] for name in ("licence", "rights", "evidence", "contact", *USES)}
    own = ("video_id", "path", "uri", "sha256", "size_bytes", "duration_s", "info", "recorded_at", "stage_run_id")
    places = [place["path"] for place in connection.rows("cli/video_places", video=video)]
    return {"source": {**source, **terms}, "video": {**{name: row[name] for name in own}, "places": places}}


def _lineage(connection: Connection, made: Sequence[Row]) -> list[Row]:
    return connection.rows("cli/lineage", ids=list({str(row["stage_run_id"]) for row in made}))


def plain(value: Any) -> Any:
    """The value with ids and times as text."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
