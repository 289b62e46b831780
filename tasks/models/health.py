"""Whether a server still answers: the circuit breaker."""

import time

from tasks.core.errors import TryAgain


class Health:
    """Counts a server's answers, and the seconds without one while it is being asked."""

    def __init__(self, give_up_s: float) -> None:
        self._give_up_s = give_up_s
        self._asked = 0
        self._since = time.monotonic()
        self.answers = 0
        """Until now."""

    def begin(self) -> None:
        """A question goes to it; while there was none it had nothing to answer."""
        if self._asked == 0:
            self._since = time.monotonic()
        self._asked += 1

    def end(self) -> None:
        """A question is done with."""
        self._asked -= 1

    def answered(self) -> None:
        """An answer has come."""
        self.answers += 1
        self._since = time.monotonic()

    def check(self, fault: str) -> None:
        """Raises TryAgain where none has come for too long."""
        if time.monotonic() - self._since > self._give_up_s:
            raise TryAgain(f"the model's server has answered nothing for {self._give_up_s:g} s; its last word: {fault}")
