"""What an exit code of a stage means to Airflow: done, try again, give up."""

import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException, AirflowTaskTimeout

DONE, BROKEN, UNREADABLE, TRY_AGAIN, REFUSED = 0, 1, 65, 75, 78
KILLED = {137, 143, -9, -15}
"""SIGKILL and SIGTERM, as a container runtime and as Popen say it: out of memory, evicted, node lost."""


class StageFailed(AirflowException):
    """A stage did not end well."""


class StageTryAgain(StageFailed):
    """The store, the catalog or the machine could not serve just now."""


class StageRefused(StageFailed):
    """The stage cannot do this as asked; the same again would end the same way."""


class StageBroken(StageFailed):
    """The stage ended in a way it does not know: a bug."""


def failure_of(exit_code: int) -> type[StageFailed] | None:
    """The exception for an exit code; None for 0."""
    if exit_code == DONE:
        return None
    if exit_code == TRY_AGAIN or exit_code in KILLED:
        return StageTryAgain
    if exit_code in (REFUSED, UNREADABLE):
        return StageRefused
    return StageBroken


def raise_for_exit(stage: str, exit_code: int, last_error: str) -> None:
    """Raise what the exit code stands for, with the last error the stage wrote as its message."""
    failure = failure_of(exit_code)
    if failure:
        raise failure(f"{stage}: {last_error or 'ended without a word'} (exit code {exit_code})")


@dataclass(frozen=True)
class ExitRetryPolicy(RetryPolicy):
    """Tries again after 30 s, 1 min, 2 min ... 10 min while it may help; a bug gets one more try, a refusal none."""

    retries: int
    give_up_after: timedelta
    first_delay: timedelta = timedelta(seconds=30)
    longest_delay: timedelta = timedelta(minutes=10)

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Whether to try again and when; asked in the worker, with the exception the try ended with."""
        if isinstance(exception, StageRefused):
            return RetryDecision.fail("the stage refused: trying again will not help")
        if not isinstance(exception, StageFailed | AirflowTaskTimeout):
            return RetryDecision.default()
        # Clearing a task raises max_tries by what it had used up, so tries count from the last clearing.
        attempt = try_number - (max_tries - self.retries)
        before = self._remember(exception, attempt, context["task_state_store"])
        if isinstance(exception, StageBroken) and before["failure"] == StageBroken.__name__:
            return RetryDecision.fail("the same bug twice in a row")
        if time.time() - before["since"] > self.give_up_after.total_seconds():
            return RetryDecision.fail(f"failing for longer than {self.give_up_after}")
        delay = min(self.first_delay * 2 ** (attempt - 1), self.longest_delay)
        return RetryDecision.retry(delay, f"try {attempt} of {self.retries + 1}")

    def _remember(self, exception: BaseException, attempt: int, store: Any) -> MutableMapping[str, Any]:
        """What the last try failed with and since when tries fail; notes this failure for the next."""
        before = store.get("failing") if attempt > 1 else None
        before = before or {"since": time.time(), "failure": None}
        store.set("failing", {"since": before["since"], "failure": type(exception).__name__})
        return before
