"""The runner against a real catalog, with a stage that does as its clips' addresses say."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

import pytest

from tasks.core.batch import BatchWork
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run, StageRun, is_spent
from tasks.core.chunk import Chunk
from tasks.core.errors import ForeignResult, StageRefused, StoreUnavailable, TryAgain
from tasks.core.log import get_log
from tests.fixtures.made_catalog import add_batch, add_clips, add_video, made_run, policy_file, started, table
from tests.fixtures.pretend_work import STAGE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(catalog: Catalog, tmp_path: Path) -> Run:
    return made_run(catalog, policy=policy_file(tmp_path, {"rule": "short", "score": "duration_s", "min": 1}))


def made_batch(catalog: Catalog, run: Run, *behaviours: str) -> str:
    """A batch of one video per behaviour, each with one clip."""
    videos = [add_video(catalog, run, f"{behaviour}:{number}") for number, behaviour in enumerate(behaviours)]
    for video in videos:
        add_clips(catalog, run, video, [10.0])
    return add_batch(catalog, run, "videos", videos)


def work(catalog: Catalog, run: Run, batch: str) -> "BatchWork":
    """The batch, worked on to its end."""
    done = BatchWork(STAGE, started(catalog, run, "crop", batch), get_log())
    done.run()
    return done


def boxes(catalog: Catalog) -> int:
    return table(catalog, "select count(*) from catalog.crop_box")[0][0]


def failures(catalog: Catalog) -> Counter[str]:
    return Counter(kind for (kind,) in table(catalog, "select kind from catalog.failure_open"))


def test_everything_is_done_once_and_nothing_is_left_reserved(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, *["ok"] * 5)
    assert work(catalog, run, batch).tally.done == 5
    assert work(catalog, run, batch).tally.done == 0
    assert boxes(catalog) == 5
    assert table(catalog, "select * from catalog.reservation") == []
    assert table(catalog, "select * from catalog.attempt") == []


def test_one_bad_item_costs_its_batch_nothing(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "ok", "unreadable", "bug", "memory", "ok")
    assert work(catalog, run, batch).tally.done == 2
    assert failures(catalog) == {"decode_error": 1, "unexpected": 1, "out_of_memory": 1}
    ((message,),) = table(catalog, "select message from catalog.failure where kind = 'unexpected'")
    assert "made to break" in message
    assert "pretend_work.py" in message


def test_an_item_that_kills_its_process_is_quarantined_after_two_tries(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "ok", "kill", "ok")
    assert work(catalog, run, batch).tally.done == 2
    assert table(catalog, "select kind, tries from catalog.failure") == [("killed", 2)]


def test_an_item_that_hangs_is_stopped(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "hang", "ok")
    assert work(catalog, run, batch).tally.done == 1
    ((message,),) = table(catalog, "select message from catalog.failure where kind = 'killed'")
    assert "longer than 2 s" in message


def test_a_released_failure_is_tried_again(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "unreadable")
    work(catalog, run, batch)
    assert work(catalog, run, batch).tally.failed == 0
    with catalog.begin() as connection:
        assert connection.value("work/release_failures", kind="decode_error") == 1
    assert work(catalog, run, batch).tally.failed == 1


def test_a_stage_that_fails_on_nearly_everything_blames_itself(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, *["unreadable"] * 15, "ok")
    with pytest.raises(StageRefused, match="the stage is at fault"):
        work(catalog, run, batch)
    assert failures(catalog) == {}


def test_what_is_wrong_with_the_stage_ends_the_stage(catalog: Catalog, run: Run) -> None:
    with pytest.raises(StageRefused) as refused:
        work(catalog, run, made_batch(catalog, run, "refuse"))
    assert str(refused.value) == str(StageRefused("made to refuse"))
    with pytest.raises(StoreUnavailable) as away:
        work(catalog, run, made_batch(catalog, run, "again"))
    assert str(away.value) == str(StoreUnavailable("made to be away"))
    assert failures(catalog) == {}


def test_a_newer_process_of_the_same_batch_fences_the_older_out(
    catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = made_batch(catalog, run, "ok", "ok")
    write = Chunk.write

    def write_too_late(self: Chunk, *, with_failures: bool, with_unready: bool) -> list:
        started(catalog, run, "crop", batch).take()
        return write(self, with_failures=with_failures, with_unready=with_unready)

    monkeypatch.setattr(Chunk, "write", write_too_late)
    with pytest.raises(TryAgain, match="a newer process"):
        work(catalog, run, batch)
    assert boxes(catalog) == 0


def test_what_another_run_holds_is_left_to_it_until_its_reservation_expires(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "ok")
    other = made_run(catalog, "curate.other")
    ((video,),) = table(catalog, "select subject_id from catalog.batch_member")
    others = add_batch(catalog, other, "videos", [uuid.UUID(str(video))])
    assert len(started(catalog, other, "crop", others).take()) == 1
    assert work(catalog, run, batch).tally.done == 0
    with catalog.begin() as connection:
        connection.script("update catalog.reservation set expires_at = now() - interval '1 second'")
    assert work(catalog, run, batch).tally.done == 1


def test_a_result_with_a_foreign_id_is_refused(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "ok")
    work_on = BatchWork(STAGE, started(catalog, run, "crop", batch), get_log())
    (item,) = [*_pending(catalog, work_on.stage_run)]
    work_on.items = {item.subject_id: item}
    with pytest.raises(ForeignResult):
        work_on._accept(item, uuid.uuid4(), None)


def _pending(catalog: Catalog, stage_run: StageRun) -> list:
    with catalog.begin() as connection:
        return list(STAGE.pending(connection, stage_run))


def test_a_row_that_the_catalog_refuses_costs_only_its_own_item(
    catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = made_batch(catalog, run, "ok", "ok", "ok")
    with catalog.begin() as connection:
        connection.script(
            "create function public.picky() returns trigger language plpgsql as $$ begin "
            "if new.clip_id = (select min(clip_id::text)::uuid from catalog.clip) then "
            "raise check_violation using message = 'not this one'; end if; return new; end $$;"
            "create trigger picky before insert on catalog.crop_box for each row execute function public.picky()"
        )
    assert work(catalog, run, batch).tally.done == 2
    assert failures(catalog) == {"row_refused": 1}


def process(catalog: Catalog, batch: str) -> "subprocess.Popen[bytes]":
    """The stage as a process of its own."""
    command = [sys.executable, "-m", "tests.fixtures.pretend_work", "--run", "curate.made", "--batch", batch]
    environment = os.environ | {"CLIPMILL_CATALOG_URL": catalog.url, "CLIPMILL_WORKERS": "2"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def wait_for_attempt(catalog: Catalog) -> None:
    deadline = time.monotonic() + 20
    while not table(catalog, "select 1 from catalog.attempt") and time.monotonic() < deadline:
        time.sleep(0.05)


def test_sigterm_keeps_what_is_finished_and_blames_nobody(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "ok", *["hang"] * 2)
    stage = process(catalog, batch)
    wait_for_attempt(catalog)
    stage.send_signal(signal.SIGTERM)
    assert stage.wait(20) == 75
    assert table(catalog, "select * from catalog.attempt") == []
    assert failures(catalog) == {}


def test_a_stage_killed_again_and_again_still_completes(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, *["slow"] * 12)
    for _ in range(3):
        stage = process(catalog, batch)
        wait_for_attempt(catalog)
        time.sleep(0.3)
        stage.kill()
        stage.wait()
    assert process(catalog, batch).wait(60) == 0
    assert boxes(catalog) == 12
    assert table(catalog, "select clip_id from catalog.crop_box group by 1 having count(*) > 1") == []


def begun_since(catalog: Catalog, earlier: int) -> int:
    """Items that stage runs after so many earlier ones have begun, and that are not written."""
    runs = f"select stage_run_id from catalog.stage_run order by started_at offset {earlier}"
    return table(catalog, f"select count(*) from catalog.attempt where stage_run_id in ({runs})")[0][0]


def test_a_stage_killed_before_it_would_write_still_loses_nobody(catalog: Catalog, run: Run) -> None:
    """In each life eight items are begun or written, far fewer than a chunk; however slow the machine is."""
    batch = made_batch(catalog, run, *["slow"] * 40)
    for _ in range(12):
        ((earlier,),) = table(catalog, "select count(*) from catalog.stage_run")
        written, stage = boxes(catalog), process(catalog, batch)
        while stage.poll() is None and begun_since(catalog, earlier) < 8 and boxes(catalog) < written + 8:
            time.sleep(0.05)
        stage.kill()
        if stage.wait() == 0:
            break
    assert boxes(catalog) == 40
    assert failures(catalog) == {}


def test_an_unknown_run_or_batch_is_refused(catalog: Catalog, run: Run) -> None:
    assert process(catalog, "no-such-batch").wait(20) == 78


def test_a_stage_that_did_not_end_well_says_why(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "refuse")
    assert process(catalog, batch).wait(30) == 78
    ((error,),) = table(catalog, "select error from catalog.stage_run where exit_code = 78")
    assert "made to refuse" in error


def test_an_item_over_which_the_stage_dies_ten_times_is_set_aside(catalog: Catalog, run: Run) -> None:
    batch = made_batch(catalog, run, "ok")
    stage_run = started(catalog, run, "crop", batch)
    ((clip,),) = table(catalog, "select clip_id from catalog.clip")
    for attempt in range(1, 10):
        stage_run.begin_attempt(uuid.UUID(str(clip)), attempt)
    assert not is_spent(stage_run.unended([uuid.UUID(str(clip))])[uuid.UUID(str(clip))])
    stage_run.begin_attempt(uuid.UUID(str(clip)), 10)
    assert work(catalog, run, batch).tally.failed == 1
    assert failures(catalog) == {"killed": 1}
