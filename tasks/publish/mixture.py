"""How a version is to be shown: weights and repeats per cell, and an order from easy to hard. No byte is copied."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tasks.core.settings_mix import Difficulty, MixSettings, Repeat, Weight
from tasks.core.settings_shard import Axis, bins_of
from tasks.core.store import Store
from tasks.publish.index import Stored, put_lines
from tasks.publish.tally import Tally

Rule = TypeVar("Rule", Weight, Repeat)
Numbers = NDArray[np.float64]
UNMEASURED = 0.5
"""Rank of a clip that a measure could not be taken of: the middle."""


def shown_cells(mix: MixSettings, axes: Sequence[Axis], cells: dict[str, Tally]) -> dict[str, dict[str, Any]]:
    """Weight, repeats and share of an epoch by cell."""
    weights = {cell: _last(mix.weights, cell, axes) for cell in cells}
    repeats = {cell: _last(mix.repeats, cell, axes) for cell in cells}
    found = {
        cell: {"weight": w.weight if (w := weights[cell]) else 1.0, "times": r.times if (r := repeats[cell]) else 1}
        for cell in sorted(cells)
    }
    drawn = {cell: cells[cell].clips * one["weight"] * one["times"] for cell, one in found.items()}
    whole = sum(drawn.values())
    return {cell: {**one, "share": round(drawn[cell] / whole, 6)} for cell, one in found.items()}


def _last(rules: Sequence[Rule], cell: str, axes: Sequence[Axis]) -> Rule | None:
    bins = bins_of(cell, axes)
    return next((rule for rule in reversed(rules) if rule.where.have(bins)), None)


def put_order(store: Store, folder: str, index: Stored, measures: Sequence[Difficulty]) -> Stored:
    """The clips from easy to hard, a line each: the id, a tab, the difficulty from 0 to 1."""
    columns = [f"score_{one.score}" for one in measures]
    with store.open(index.key) as file:
        table = pq.read_table(file, columns=["clip_id", *columns])
    clips = np.array(table["clip_id"].to_pylist())
    ranks = [_rank(table[column].to_numpy(), one.harder) for column, one in zip(columns, measures, strict=True)]
    difficulty = np.average(ranks, axis=0, weights=[one.weight for one in measures])
    order = np.lexsort((clips, difficulty))

    def lines() -> Iterator[str]:
        for place in order:
            yield f"{clips[place]}\t{difficulty[place]:.6f}"

    return put_lines(store, f"{folder}/order", lines())


def _rank(values: Numbers, harder: str) -> Numbers:
    """Where each value stands among all, 0 for the easiest to 1 for the hardest; equal values stand together."""
    ranks = np.full(len(values), UNMEASURED)
    measured = ~np.isnan(values)
    kept, places, counts = np.unique(values[measured], return_inverse=True, return_counts=True)
    if len(kept) > 1:
        middle = np.cumsum(counts) - (counts + 1) / 2
        ranks[measured] = (middle / (counts.sum() - 1))[places]
    return ranks if harder == "high" else 1 - ranks
