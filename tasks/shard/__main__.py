"""`python -m tasks.shard --run RUN`: packs the clips that the run keeps into tars; one at a time per dataset."""

import sys

from tasks.core.catalog.work import StageRun
from tasks.core.lock import alone
from tasks.core.log import Log, Progress
from tasks.core.model import dataset_id
from tasks.core.runner import run_global
from tasks.core.store import open_store
from tasks.shard.packing import pack
from tasks.shard.placing import leave_out, place_clips
from tasks.shard.record import find_shards, judge_captioned
from tasks.shard.text import encoder_of
from tasks.shard.write import write_shard


def shard(stage_run: StageRun, log: Log) -> int:
    """The number of tars written: each is an object first, then a row, so that a kill loses the one in hand."""
    recipe = stage_run.run.recipe
    store = open_store(recipe.output)
    made = 0
    with (
        alone(stage_run, dataset_id(recipe.output, recipe.dataset)) as held,
        Progress(None, log, unit="clips") as progress,
    ):
        judge_captioned(stage_run, held)
        placed, changed = place_clips(stage_run, held), leave_out(stage_run, held)
        log.info("placed", clips=placed, exclusions_changed=changed)
        shards = find_shards(stage_run, held)
        vectors = encoder_of(recipe.shard.text_vectors)
        for load in pack(shards.open_shards(), shards.unpacked(), recipe.shard.target_bytes):
            key, written = write_shard(store, recipe.dataset, load, vectors)
            shards.add(load, key, written)
            made += 1
            progress.advance(len(load.clips))
            log.info(
                "shard_written", shard=key, clips=len(load.clips), size_bytes=written.size_bytes, full=load.is_full
            )
        shards.retire_condemned()
    log.info("packed", shards=made, retired=len(shards.condemned))
    return made


if __name__ == "__main__":
    sys.exit(run_global("shard", shard))
