"""Exit codes to exceptions, and exceptions to retries."""

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowTaskTimeout

from clipmill_dags import exits
from clipmill_dags.exits import ExitRetryPolicy, StageBroken, StageRefused, StageTryAgain

POLICY = ExitRetryPolicy(retries=8, give_up_after=timedelta(hours=2))
RETRY, FAIL, DEFAULT = RetryAction.RETRY, RetryAction.FAIL, RetryAction.DEFAULT


class Store(dict):
    """What Airflow keeps for a task between its tries."""

    set = dict.__setitem__


def decisions(failures, policy=POLICY, max_tries=8, first_try=1):
    """What the policy says to each failure in turn, of one task."""
    context = {"task_state_store": Store()}
    return [policy.evaluate(failure, first_try + n, max_tries, context) for n, failure in enumerate(failures)]


def actions(*args, **options):
    return [decision.action for decision in decisions(*args, **options)]


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (0, None),
        (1, StageBroken),
        (2, StageBroken),
        (65, StageRefused),
        (75, StageTryAgain),
        (78, StageRefused),
        (137, StageTryAgain),
        (143, StageTryAgain),
        (-9, StageTryAgain),
        (-15, StageTryAgain),
        (-11, StageBroken),
    ],
)
def test_an_exit_code_says_what_to_do(code, failure):
    assert exits.failure_of(code) is failure


def test_the_message_is_the_stages_own_last_error():
    with pytest.raises(StageRefused, match=r"^split: recipe: no such field \(exit code 78\)$"):
        exits.raise_for_exit("split", 78, "recipe: no such field")
    exits.raise_for_exit("split", 0, "an error it got over")


def test_a_refusal_is_final():
    assert actions([StageRefused("x")]) == [FAIL]


def test_a_bug_gets_one_more_try():
    assert actions([StageBroken("x"), StageBroken("x")]) == [RETRY, FAIL]


def test_a_bug_after_an_outage_gets_one_more_try_too():
    assert actions([StageTryAgain("x"), StageBroken("x"), StageBroken("x")]) == [RETRY, RETRY, FAIL]


def test_waits_double_up_to_a_bound():
    waits = [decision.retry_delay.total_seconds() for decision in decisions([StageTryAgain("x")] * 7)]
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_a_try_that_took_too_long_goes_on_in_the_next():
    assert actions([AirflowTaskTimeout("x")]) == [RETRY]


def test_an_outage_without_end_is_given_up(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(exits.time, "time", lambda: now[0])
    context = {"task_state_store": Store()}
    assert POLICY.evaluate(StageTryAgain("x"), 1, 8, context).action is RETRY
    now[0] = 7201.0
    assert POLICY.evaluate(StageTryAgain("x"), 2, 8, context).action is FAIL


def test_clearing_a_task_begins_anew(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(exits.time, "time", lambda: now[0])
    context = {"task_state_store": Store()}
    POLICY.evaluate(StageBroken("x"), 1, 8, context)
    now[0] = 86_400.0
    # Cleared after one try: Airflow now allows tries up to 1 + 8.
    decision = POLICY.evaluate(StageBroken("x"), 2, 9, context)
    assert (decision.action, decision.retry_delay.total_seconds()) == (RETRY, 30)


def test_what_is_not_a_stages_failure_is_left_to_airflow():
    assert actions([ValueError("x")]) == [DEFAULT]
