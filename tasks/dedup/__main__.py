"""`python -m tasks.dedup --run RUN`: compares the new vectors with all in the dataset's index; one at a time."""

import sys
import uuid
from collections.abc import Iterable
from contextlib import suppress

from tasks.core.catalog.work import StageRun
from tasks.core.errors import IndexDamaged
from tasks.core.lock import Held, alone
from tasks.core.log import Log, Progress
from tasks.core.runner import run_global
from tasks.core.store import open_store
from tasks.core.vectors import Made
from tasks.dedup.files import VectorFile, Vectors, compared_files, new_files, read_all
from tasks.dedup.generations import sweep
from tasks.dedup.index import VectorIndex
from tasks.dedup.products import GPUS

PAIR = ("stage_key", "clip_a", "clip_b", "similarity", "stage_run_id")
FILE = ("stage_key", "store_url", "object_key", "vectors", "stage_run_id")
SWEEP_AFTER_S = 86_400
"""Age from which objects of the index that no newer generation needs are removed; who reads one is done by then."""


def dedup(stage_run: StageRun, log: Log) -> int:
    """The number of vectors compared. Clips that wait for the vector of the same footage are given it before.

    Pairs are rows first, then the index is saved, then the files count as compared: a run that dies between is done
    again, and finds the same.
    """
    with alone(stage_run, uuid.UUID(stage_run.key)) as held, Progress(None, log, unit="vectors") as progress:
        log.info("adopted", vectors=_adopt(stage_run, held))
        found = list(_readable(stage_run, held, new_files(stage_run), log))
        if not found:
            log.info("compared", vectors=0, pairs=0)
            return 0
        index = _index(stage_run, held, found[0].made, log)
        known = index.covered
        for vectors in found:
            if vectors.file.name not in known:
                index.add(vectors.file.name, vectors.clips, vectors.rows)
        pairs = _record_pairs(stage_run, held, index)
        index.save()
        with suppress(IndexDamaged):  # the generation before may be the damaged one; it is left for people to look at
            sweep(open_store(stage_run.run.recipe.output), index.place, SWEEP_AFTER_S)
        _record_files(stage_run, held, found)
        progress.advance(compared := sum(len(vectors.clips) for vectors in found))
    log.info("compared", vectors=compared, pairs=pairs, indexed=len(index), gpus=GPUS.count())
    return compared


def _adopt(stage_run: StageRun, held: Held) -> int:
    """The number of clips that were given a vector."""
    about = {"run": stage_run.run.run_id, "stage_run_id": stage_run.stage_run_id}
    with stage_run.catalog.begin() as connection:
        held.renew(connection)
        connection.run("dedup/adopt_scores", **about)
        return connection.run("dedup/adopt_vectors", **about)


def _index(stage_run: StageRun, held: Held, made: Made, log: Log) -> VectorIndex:
    """The index as it was saved; what it should hold and does not, because it is damaged or older, is put in again."""
    store, place = open_store(stage_run.run.recipe.output), f"index/{stage_run.key}"
    try:
        index = VectorIndex.open(store, place, made)
    except IndexDamaged as damage:
        log.warning("index_damaged", message=str(damage))
        index = VectorIndex.anew(store, place, made)
    lacking = [file for file in compared_files(stage_run) if file.name not in index.covered]
    if lacking:
        log.warning("index_lacks", files=len(lacking))
    for vectors in _readable(stage_run, held, lacking, log):
        index.add(vectors.file.name, vectors.clips, vectors.rows)
    return index


def _readable(stage_run: StageRun, held: Held, files: list[VectorFile], log: Log) -> Iterable[Vectors]:
    """The vectors of those files that are whole; the clips of the others are embedded anew."""
    for found in read_all(stage_run, files):
        if isinstance(found, Vectors):
            yield found
        else:
            log.warning("vectors_lost", file=found.name, clips=_forget(stage_run, held, found))


def _forget(stage_run: StageRun, held: Held, file: VectorFile) -> int:
    where = {"store_url": file.store_url, "object_key": file.object_key}
    with stage_run.catalog.begin() as connection:
        held.renew(connection)
        key = stage_run.run.key("embed.embedding")
        return connection.run("dedup/forget_vectors", embedding_key=key, **where)


def _record_pairs(stage_run: StageRun, held: Held, index: VectorIndex) -> int:
    """The number of pairs that are alike down to the recipe's floor."""
    count = 0
    for pairs in index.pairs(stage_run.run.recipe.dedup.floor):
        rows = [(stage_run.key, *pair, stage_run.stage_run_id) for pair in pairs]
        with stage_run.catalog.begin() as connection:
            held.renew(connection)
            connection.copy("pair", PAIR, rows)
        count += len(rows)
    return count


def _record_files(stage_run: StageRun, held: Held, found: list[Vectors]) -> None:
    rows = [
        (stage_run.key, one.file.store_url, one.file.object_key, len(one.clips), stage_run.stage_run_id)
        for one in found
    ]
    with stage_run.catalog.begin() as connection:
        held.renew(connection)
        connection.copy("compared_file", FILE, rows)


if __name__ == "__main__":
    sys.exit(run_global("dedup", dedup))
