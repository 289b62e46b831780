"""What goes wrong on a cluster: each time the same dataset in the end, and a record that a person can read."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.k8s.conftest import LocalRun, Published
from tests.k8s.house import House, changed, wait_until

END_S = 1200


def ends_well(house: House, run: object, published: Published, local_run: LocalRun) -> str:
    """What `clipmill run` said; AssertionError unless the dataset is the one of a calm run."""
    said, _ = run.communicate(timeout=END_S)  # type: ignore[attr-defined]
    assert run.returncode == 0, said  # type: ignore[attr-defined]
    published.is_that_of(local_run)
    assert published.versions() == 1
    doctor = house.clipmill("doctor", "--all")
    assert doctor.returncode == 0, doctor.stdout
    return str(said)


def failed_try(house: House, task_id: str) -> Callable[[], object]:
    """Asks for an instance of a task that is on its way to a second try."""
    return lambda: [task for task in house.tasks(task_id) if task.state == "up_for_retry"]


SPOILED = {
    "out of memory": ("memory: 1Gi", "memory: 64Mi", "more memory than its limit, 64Mi"),
    "no such image": (":test", ":lost", "clipmill-split:lost"),
    "no node": ("  restartPolicy", "  nodeSelector: {place: nowhere}\n  restartPolicy", "nodes are available"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_pod_that_cannot_run_is_tried_again_and_says_why(
    what: str, house: House, recipe: Path, published: Published, local_run: LocalRun
) -> None:
    old, new, told = SPOILED[what]
    manifest = house.manifests / "split.yaml"
    with changed(manifest, old, new), changed(manifest, 'timeout-s: "120"', 'timeout-s: "15"'):
        run = house.start(recipe)
        (task, *_) = wait_until(failed_try(house, "videos.split"), f"split to fail: {what}")
    log = house.log(task, 1)
    ends_well(house, run, published, local_run)
    assert told in log, log


def test_a_killed_scheduler_finds_its_pods_again(
    house: House, recipe: Path, published: Published, local_run: LocalRun
) -> None:
    run = house.start(recipe)
    wait_until(lambda: house.running_pod("split"), "a pod of split")
    house.kill_airflow("scheduler")
    time.sleep(5)
    house.up()
    ends_well(house, run, published, local_run)


def test_a_catalog_that_is_away_for_a_while_is_waited_for(
    house: House, recipe: Path, published: Published, local_run: LocalRun
) -> None:
    run = house.start(recipe)
    wait_until(lambda: house.running_pod("split"), "a pod of split")
    house.catalog.restart(away_s=10)
    ends_well(house, run, published, local_run)


def test_a_store_that_is_cut_off_for_half_a_minute_is_waited_for(
    house: House, recipe: Path, published: Published, local_run: LocalRun
) -> None:
    run = house.start(recipe)
    wait_until(lambda: house.running_pod("transcode"), "a pod of transcode")
    house.bucket.shut(away_s=30)
    ends_well(house, run, published, local_run)
