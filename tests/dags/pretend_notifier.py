"""A notifier that keeps what it is told."""

from typing import Any

from airflow.sdk import BaseNotifier

KEPT: list[str] = []


class Kept(BaseNotifier):
    """Keeps its argument."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self.said = said

    def notify(self, context: Any) -> None:
        """Keep it."""
        KEPT.extend(self.said)
