"""What packing reads from the catalog and writes to it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.core.catalog import Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.work import Run, StageRun
from tasks.core.lock import Held
from tasks.core.model import content_id
from tasks.shard.clips import Clip, clip_of
from tasks.shard.packing import Load, OpenShard
from tasks.shard.tar import WrittenTar

PAGE_CLIPS = 10_000
_FIRST, _LAST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


def pages(stage_run: StageRun, query: str, **values: object) -> Iterator[list[Row]]:
    """What the query finds, in pages of the clips that are encoded under the run's key, by id."""
    page: dict[str, object] = {"key": stage_run.run.key("transcode"), "after": _FIRST}
    while page["after"] != _LAST:
        with stage_run.catalog.begin() as connection:
            until = connection.value("shard/page_end", page=PAGE_CLIPS, **page) or _LAST
            rows = connection.rows(query, run=stage_run.run.run_id, until=until, **page, **values)
        yield rows
        page["after"] = until


def judge_captioned(stage_run: StageRun, held: Held) -> None:
    """Judges clips by their captions, where the policy does."""
    with stage_run.catalog.begin() as connection:
        held.renew(connection)
        connection.value("shard/judge", run=stage_run.run.run_id)


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of one dataset, as one run sees and changes them.

    While one that is to be written anew is still there, its clips may lie in two: the newer one has them.
    """

    stage_run: StageRun
    held: Held
    condemned: tuple[str, ...]
    """Ids of those that are to be written anew."""

    def open_shards(self) -> list[OpenShard]:
        """The shards that take more clips."""
        about = {"dataset": self.held.subject, "condemned": list(self.condemned)}
        with self.stage_run.catalog.begin() as connection:
            found = connection.rows("shard/open_shards", **about)
        # One whose last clips fell out just now is for the next packing to retire.
        return [shard for shard in map(self._open_shard, found) if shard.clips]

    def _open_shard(self, row: Row) -> OpenShard:
        with self.stage_run.catalog.begin() as connection:
            live = connection.rows("shard/live_members", run=self.stage_run.run.run_id, shard=row["shard_id"])
        return OpenShard(as_uuid(row["shard_id"]), row["members"], tuple(map(self._clip, live)))

    def unpacked(self) -> Iterator[Clip]:
        """The clips that belong into the dataset and lie in no shard that stays, by id."""
        about = {"dataset": self.held.subject, "condemned": list(self.condemned)}
        for rows in pages(self.stage_run, "shard/unpacked", **about):
            yield from map(self._clip, rows)

    def add(self, load: Load, key: str, written: WrittenTar) -> None:
        """Makes the tar a shard, in place of those that it replaces; one transaction."""
        rendition_key = self.stage_run.run.key("transcode")
        shard_id = content_id("shard", self.held.subject, rendition_key, load.cell, written.sha256)
        with self.stage_run.catalog.begin() as connection:
            self.held.renew(connection)
            connection.run("shard/retire", shards=[str(old) for old in load.replaces], **self._by)
            connection.run(
                "shard/add_shard",
                shard=shard_id,
                dataset=self.held.subject,
                cell=load.cell,
                object_key=key,
                sha256=written.sha256,
                size_bytes=written.size_bytes,
                is_full=load.is_full,
                text=text_key(self.stage_run.run),
                stage_run_id=self.stage_run.stage_run_id,
            )
            connection.run("shard/revive", shard=shard_id)
            columns = ("shard_id", "ordinal", "clip_id", "rendition_key", "offset_bytes", "size_bytes", "caption_id")
            places = [(clip, written.offsets[clip.video_name]) for clip in load.clips]
            rows = [
                (shard_id, ordinal, clip.clip_id, rendition_key, offset, clip.size_bytes, clip.caption_id)
                for ordinal, (clip, offset) in enumerate(places)
            ]
            connection.copy("shard_member", columns, rows)

    def retire_condemned(self) -> None:
        """Leaves out from now on those that were written anew: every clip of theirs that is kept lies elsewhere."""
        with self.stage_run.catalog.begin() as connection:
            self.held.renew(connection)
            connection.run("shard/retire", shards=list(self.condemned), **self._by)

    def _clip(self, row: Row) -> Clip:
        return clip_of(row, self.stage_run.run.recipe.shard.text_vectors)

    @property
    def _by(self) -> dict[str, object]:
        return {"run": self.stage_run.run.run_id, "stage_run_id": self.stage_run.stage_run_id}


def text_key(run: Run) -> str | None:
    """By what the captions' vectors of a tar are known; None where the recipe wants none."""
    return run.key("text") if "text" in run.keys else None


def find_shards(stage_run: StageRun, held: Held) -> Shards:
    """The dataset's shards, and which of them are to be written anew: for dead bytes, a blocked clip, other vectors."""
    run = stage_run.run
    about = {
        "run": run.run_id,
        "dataset": held.subject,
        "place": run.key("place"),
        "text": text_key(run),
        "most_dead": run.recipe.shard.most_dead,
    }
    with stage_run.catalog.begin() as connection:
        held.renew(connection)
        connection.value("shard/gather_members", run=run.run_id)
        rows = connection.rows("shard/condemned", **about)
    return Shards(stage_run, held, tuple(str(row["shard_id"]) for row in rows))
