"""Cutting pending work into batches that end together."""

import heapq
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

WORTH_A_BATCH_S = 60.0
"""Seconds of video below which starting one more process costs more than it brings."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One subject that has work to do."""

    subject_id: uuid.UUID
    seconds: float


@dataclass(order=True, slots=True)
class Batch:
    """Members of one batch, lightest batch first."""

    seconds: float
    ordinal: int
    members: list[uuid.UUID] = field(compare=False, default_factory=list)


def take_wave(pending: Sequence[Pending], target_s: float, max_batches: int) -> list[Pending]:
    """As many of the pending, in their order, as fill max_batches of target_s seconds; at least one."""
    taken: list[Pending] = []
    total_s = 0.0
    for subject in pending:
        if taken and total_s + subject.seconds > target_s * max_batches:
            break
        taken.append(subject)
        total_s += subject.seconds
    return taken


def cut_batches(pending: Sequence[Pending], target_s: float, max_batches: int, min_batches: int = 1) -> list[Batch]:
    """Batches of about target_s seconds, balanced by duration: longest subject first into the lightest batch (LPT).

    At least min_batches, so that a small run fans out too, as long as each of them gets a minute.
    """
    if not pending:
        return []
    total_s = sum(subject.seconds for subject in pending)
    wanted = max(math.ceil(total_s / target_s), min(min_batches, int(total_s / WORTH_A_BATCH_S)), 1)
    count = min(max_batches, len(pending), wanted)
    heap = [Batch(0.0, ordinal) for ordinal in range(count)]
    for subject in sorted(pending, key=lambda one: (-one.seconds, one.subject_id)):
        lightest = heap[0]
        lightest.members.append(subject.subject_id)
        lightest.seconds += subject.seconds
        heapq.heapreplace(heap, lightest)
    return sorted((batch for batch in heap if batch.members), key=lambda batch: batch.ordinal)
