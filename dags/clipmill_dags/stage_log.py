"""What a stage writes, as lines of its task's log; the same in every runtime."""

import json
import logging
from collections.abc import Iterable

SAID_ELSEWHERE = {"event", "level", "time", "run", "stage", "batch", "traceback"}
"""Fields not repeated after the event: the task's page has them in its title, the log has a clock of its own."""


class StageLog:
    """Turns the lines a stage writes into lines of the task's log, and keeps the last error."""

    def __init__(self, log: logging.Logger) -> None:
        self.log = log
        self._error = self._plain = ""

    @property
    def last_error(self) -> str:
        """The last error that the stage logged; else its last plain line, as a traceback ends with the exception."""
        return self._error or self._plain

    def follow(self, lines: Iterable[str]) -> None:
        """Log every line until the stream ends."""
        for line in lines:
            if line.strip():
                self.write(line.rstrip())

    def write(self, line: str) -> None:
        """Log one line: JSON as `event key=value`, at its level; anything else as it is."""
        try:
            fields = json.loads(line)
            event, level = str(fields["event"]), logging.getLevelNamesMapping()[str(fields["level"]).upper()]
        except (ValueError, KeyError, TypeError):
            self._plain = line.strip()
            self.log.info("%s", line)
            return
        rest = " ".join(f"{key}={value}" for key, value in fields.items() if key not in SAID_ELSEWHERE)
        text = f"{event} {rest}".rstrip()
        self.log.log(level, "%s", "\n".join([text, *str(fields.get("traceback", "")).splitlines()]))
        if level >= logging.ERROR:
            self._error = text.removesuffix(f" exit_code={fields.get('exit_code')}")
