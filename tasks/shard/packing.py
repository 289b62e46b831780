"""Which clips go into which tar.

The clips of a cell form one sequence: first those of its open shard in their order, then the others by id. Tars are
cut from its front, each ending with the clip that fills it. So the tars depend on nothing but the set of clips, and
packing that was broken off goes on to the same tars. (The same clips arriving over several waves may lie otherwise.)
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tasks.shard.clips import Clip


@dataclass(frozen=True, slots=True)
class OpenShard:
    """A shard that is written anew, because it is not full yet or has to lose a clip, with the clips that stay."""

    shard_id: uuid.UUID
    member_count: int
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What one new tar holds, and the shards that it takes the place of."""

    cell: str
    clips: tuple[Clip, ...]
    is_full: bool
    replaces: tuple[uuid.UUID, ...]


@dataclass(slots=True)
class _Pile:
    """Clips of a cell that wait for their tar."""

    clips: list[Clip] = field(default_factory=list)
    size_bytes: int = 0
    replaces: list[uuid.UUID] = field(default_factory=list)
    is_new: bool = False
    """Whether it differs from the open shard that it came from."""

    def add(self, clip: Clip) -> None:
        self.clips.append(clip)
        self.size_bytes += clip.packed_bytes

    def take(self, cell: str, target_bytes: int) -> Load:
        load = Load(cell, tuple(self.clips), self.size_bytes >= target_bytes, tuple(self.replaces))
        self.clips, self.size_bytes, self.replaces, self.is_new = [], 0, [], False
        return load


def pack(open_shards: Iterable[OpenShard], clips: Iterable[Clip], target_bytes: int) -> Iterator[Load]:
    """The tars to write: full ones as clips come, at the end what is left of each cell that changed.

    The clips, those that lie in no shard, are asked for when the tars of the open shards have been taken.
    Memory: under one full tar's clips per cell.
    """
    piles: dict[str, _Pile] = {}
    for shard in open_shards:
        cell = shard.clips[0].cell
        pile = piles.setdefault(cell, _Pile())
        if pile.size_bytes >= target_bytes:
            yield pile.take(cell, target_bytes)
        pile.is_new |= bool(pile.replaces) or len(shard.clips) < shard.member_count
        pile.replaces.append(shard.shard_id)
        for clip in shard.clips:
            if pile.size_bytes >= target_bytes:
                # The others of the shard lie in none as soon as this one is recorded: they come among the clips.
                yield pile.take(cell, target_bytes)
                break
            pile.add(clip)
    for clip in clips:
        pile = piles.setdefault(clip.cell, _Pile())
        if pile.size_bytes >= target_bytes:
            yield pile.take(clip.cell, target_bytes)
        pile.add(clip)
        pile.is_new = True
    for cell, pile in sorted(piles.items()):
        if pile.is_new:
            yield pile.take(cell, target_bytes)
