"""One measured number and what it should be: what every script of `python -m bench` gives."""

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

DATA_VARIABLE = "CLIPMILL_BENCH_DATA"
CLIPS_VARIABLE = "CLIPMILL_BENCH_CLIPS"
SIBLING = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure, its value, and its goal where it has one."""

    measure: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def goal(self) -> str:
        """The goal in words; empty where there is none."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else ""

    @property
    def is_met(self) -> bool:
        """Whether the value reaches its goal; true without one."""
        low = float("-inf") if self.at_least is None else self.at_least
        high = float("inf") if self.at_most is None else self.at_most
        return low <= self.value <= high

    def row(self, bench: str) -> str:
        """One line of the table."""
        value = f"{self.value:,.0f}" if abs(self.value) >= 1000 else f"{self.value:.3g}"
        met = ("yes" if self.is_met else "NO") if self.goal else ""
        return f"{bench:16} {self.measure:58} {f'{value} {self.unit}':>16} {self.goal:>10}  {met}".rstrip()


def figures_of(bench: str) -> list[Figure]:
    """The figures of one benchmark, each shown as it comes."""
    found = []
    for figure in importlib.import_module(f"bench.{bench}").figures():
        print(figure.row(bench), flush=True)
        found.append(figure)
    return found


def data_folder() -> Path | None:
    """The folder with truth.json, real/ and composed/: as `--data` says, else the sibling one; None where it is not."""
    folder = Path(os.environ.get(DATA_VARIABLE, SIBLING))
    return folder if (folder / "truth.json").exists() else None
