"""A notifier that writes what it is told into a file, from whichever of Airflow's processes it runs in."""

from pathlib import Path
from typing import Any

from airflow.sdk import BaseNotifier


class Told(BaseNotifier):
    """Writes its text to a path."""

    def __init__(self, path: str, said: str) -> None:
        super().__init__()
        self.path, self.said = path, said

    def notify(self, context: Any) -> None:
        """Write it."""
        with Path(self.path).open("a") as file:
            file.write(f"{self.said}\n")
