"""What packing reads from the catalog and writes to it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.core.catalog import Row
from tasks.core.catalog.connection import as_uuid
from tasks.core.catalog.work import StageRun
from tasks.core.lock import Held
from tasks.core.model import content_id
from tasks.shard.clips import Clip, clip_of
from tasks.shard.packing import Load, OpenShard
from tasks.shard.tar import WrittenTar

PAGE_CLIPS = 10_000
_FIRST, _LAST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of one dataset, as one run sees and changes them."""

    stage_run: StageRun
    held: Held

    def judge(self) -> None:
        """Judges clips by their captions, where the policy does."""
        with self.stage_run.catalog.begin() as connection:
            self.held.renew(connection)
            connection.value("shard/judge", run=self.stage_run.run.run_id)

    def retire_dead(self) -> int:
        """The number of shards left out from now on because none of their clips is kept."""
        with self.stage_run.catalog.begin() as connection:
            self.held.renew(connection)
            return connection.run("shard/retire_dead", dataset=self.held.subject, **self._by)

    def open_shards(self) -> list[OpenShard]:
        """The shards that take more clips, or hold one that may not be used any more."""
        with self.stage_run.catalog.begin() as connection:
            found = connection.rows("shard/open_shards", dataset=self.held.subject, run=self.stage_run.run.run_id)
        # One whose last clips fell out just now is for the next packing to retire.
        return [shard for shard in map(self._open_shard, found) if shard.clips]

    def _open_shard(self, row: Row) -> OpenShard:
        with self.stage_run.catalog.begin() as connection:
            live = connection.rows("shard/live_members", run=self.stage_run.run.run_id, shard=row["shard_id"])
        return OpenShard(as_uuid(row["shard_id"]), row["members"], tuple(clip_of(member) for member in live))

    def unpacked(self) -> Iterator[Clip]:
        """The kept clips that lie in no shard, by id; read in pages of encoded clips."""
        page: dict[str, object] = {"key": self.stage_run.run.key("transcode"), "after": _FIRST}
        while page["after"] != _LAST:
            with self.stage_run.catalog.begin() as connection:
                until = connection.value("shard/page_end", page=PAGE_CLIPS, **page) or _LAST
                rows = connection.rows(
                    "shard/unpacked",
                    run=self.stage_run.run.run_id,
                    dataset=self.held.subject,
                    until=until,
                    **page,
                )
            yield from (clip_of(row) for row in rows)
            page["after"] = until

    def add(self, load: Load, key: str, written: WrittenTar) -> None:
        """Makes the tar a shard, in place of those that it replaces; one transaction."""
        rendition_key = self.stage_run.run.key("transcode")
        shard_id = content_id("shard", self.held.subject, rendition_key, written.sha256)
        with self.stage_run.catalog.begin() as connection:
            self.held.renew(connection)
            connection.run("shard/retire", shards=[str(old) for old in load.replaces], **self._by)
            connection.run(
                "shard/add_shard",
                shard=shard_id,
                dataset=self.held.subject,
                cell=load.cell.path,
                object_key=key,
                sha256=written.sha256,
                size_bytes=written.size_bytes,
                is_full=load.is_full,
                stage_run_id=self.stage_run.stage_run_id,
            )
            connection.run("shard/revive", shard=shard_id)
            columns = ("shard_id", "ordinal", "clip_id", "rendition_key", "offset_bytes", "size_bytes", "caption_id")
            videos = zip(load.clips, written.offsets[::2], strict=True)
            rows = [
                (shard_id, ordinal, clip.clip_id, rendition_key, offset, clip.size_bytes, clip.caption_id)
                for ordinal, (clip, offset) in enumerate(videos)
            ]
            connection.copy("shard_member", columns, rows)

    @property
    def _by(self) -> dict[str, object]:
        return {"run": self.stage_run.run.run_id, "stage_run_id": self.stage_run.stage_run_id}
