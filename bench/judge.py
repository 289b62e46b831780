"""Judging a million clips by twelve scores under a new policy, and what it would change before it does.

    python -m bench judge

On a Postgres of its own with the settings of `clipmill up`, without autovacuum; analysed after the load, as autovacuum
would do. The clips have twelve scores of six scorers; four in a hundred pass. The rows are made in the server, for how
fast scores are written is measured by `catalog`.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.catalog import own_catalog, seconds_of
from bench.figure import Figure
from tasks.cli.change import foresee, judge
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.policy import load_policy
from tasks.core.score_names import SCORES
from tests.fixtures.made_catalog import add_video, made_run, policy_file, started, table

CLIPS, CLIPS_PER_VIDEO = 1_000_000, 100
JUDGE_S, DRY_RUN_S = 30.0, 10.0
PASSING = 0.765
"""Share of clips that pass one rule: of twelve rules some 4 % of clips pass all, as in real funnels."""
ASKED = (
    "megapixels", "bits_per_pixel", "duration_s", "frame_rate", "freeze_share", "longest_freeze_s", "sharpness",
    "sharpness_min", "luma_mean", "contrast", "motion_mean", "still_share",
)  # fmt: skip
"""Two of each of six scorers; the made values lie between 0 and 1."""


def figures() -> Iterator[Figure]:
    """Seconds to look and to judge, under policies of absolute numbers and of shares."""
    with tempfile.TemporaryDirectory() as folder, own_catalog(Path(folder) / "postgres") as catalog:
        run = made_run(catalog, policy=made_policy(Path(folder), "first", PASSING))
        start = time.perf_counter()
        add_rows(catalog, run)
        yield Figure("rows made", time.perf_counter() - start, "s")
        yield Figure("first verdicts, of which none was there", seconds_of(lambda: judged(catalog, run)), "s",
                     at_most=JUDGE_S)  # fmt: skip
        with catalog.begin() as connection:
            connection.script("analyze")
        other = made_policy(Path(folder), "other", PASSING + 0.02)
        yield Figure("dry run of another policy", seconds_of(lambda: looked_at(catalog, other)), "s", at_most=DRY_RUN_S)
        yield Figure("another policy judged, clipmill judge", seconds_of(lambda: put_in_force(catalog, other)), "s",
                     at_most=JUDGE_S)  # fmt: skip
        later = made_run(catalog, "curate.later", policy=other)
        yield Figure("the next run's own judging, nothing changed", seconds_of(lambda: judged(catalog, later)), "s",
                     at_most=JUDGE_S)  # fmt: skip
        relative = made_policy(Path(folder), "relative", PASSING, drop_lowest=0.15)
        yield Figure("dry run of a policy with three shares", seconds_of(lambda: looked_at(catalog, relative)), "s")


def made_policy(folder: Path, name: str, passing: float, **share: float) -> str:
    """A policy file with a rule for each score; the first three by a share where one is given."""
    bounds = [share if place < 3 and share else {"min": round(1 - passing, 6)} for place in range(len(ASKED))]
    rules = [{"rule": f"rule_{score}", "score": score, **bound} for score, bound in zip(ASKED, bounds, strict=True)]
    return policy_file(folder, *rules, name=name)


def add_rows(catalog: Catalog, run: Run) -> None:
    """Clips with their spans and scores, as many rows at once as the server makes of one statement."""
    videos = [add_video(catalog, run, "file:///made/0")]
    stage_run = started(catalog, run, "filter").stage_run_id
    columns = "video_id, sha256, size_bytes, info, duration_s, stage_run_id"
    with catalog.begin() as connection:
        connection.script(f"""
            insert into catalog.video ({columns})
            select gen_random_uuid(), sha256, size_bytes, info, duration_s, stage_run_id
            from catalog.video, generate_series(2, {CLIPS // CLIPS_PER_VIDEO}) where video_id = '{videos[0]}';
            insert into catalog.video_location (location_id, source_id, video_id, uri, path, stage_run_id)
            select gen_random_uuid(), l.source_id, v.video_id, l.uri || v.video_id, l.path || v.video_id, l.stage_run_id
            from catalog.video v, catalog.video_location l where v.video_id <> l.video_id;
            insert into catalog.split_output
            select '{run.key("split")}', video_id, 100, 0, 1000000, 1000, '[]', stage_run_id from catalog.video;
            insert into catalog.clip
            select gen_random_uuid(), video_id, n * 10000, (n + 1) * 10000, 1, 1000, n * 10, 10, stage_run_id
            from catalog.video, generate_series(0, {CLIPS_PER_VIDEO - 1}) n;
            insert into catalog.span
            select '{run.key("split")}', video_id, start_pts / 10000, 0, 1, start_s, duration_s, null, clip_id
            from catalog.clip;
        """)
        for scorer in sorted({SCORES[score].scorer for score in ASKED}):
            numbers = ", ".join(f"'{score}', round(random()::numeric, 6)" for score in ASKED
                                if SCORES[score].scorer == scorer)  # fmt: skip
            connection.script(f"""
                insert into catalog.score (stage_key, clip_id, scorer, numbers, unmeasured, stage_run_id)
                select '{run.key(f"filter.{scorer}")}', clip_id, '{scorer}', jsonb_build_object({numbers}), null,
                       '{stage_run}'
                from catalog.clip
            """)


def judged(catalog: Catalog, run: Run) -> None:
    """Judges as `plan` does."""
    with catalog.begin() as connection:
        connection.value("plan/judge", run=run.run_id)


def looked_at(catalog: Catalog, policy: str) -> None:
    """What `clipmill judge --dry-run` does."""
    with catalog.trial() as connection:
        foresee(connection, load_policy(policy), "curate.made")


def put_in_force(catalog: Catalog, policy: str) -> None:
    """What `clipmill judge` does."""
    with catalog.begin() as connection:
        written = judge(connection, foresee(connection, load_policy(policy), "curate.made"))
    ((count,),) = table(catalog, "select count(*) from catalog.clip")
    if written != count:
        raise AssertionError(f"{written} verdicts of {count} clips")
