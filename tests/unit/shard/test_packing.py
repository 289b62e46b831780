"""Which clips go together: nothing decides it but the clips."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from tasks.shard.clips import Clip
from tasks.shard.packing import Load, OpenShard, pack

TARGET_BYTES = 100_000
WIDE, TALL = "resolution_720/aspect_ratio_16_9", "resolution_720/aspect_ratio_9_16"


def clip(number: int, size_bytes: int = 30_000, cell: str = WIDE) -> Clip:
    return Clip(uuid.UUID(int=number), cell, f"renditions/{number}.mp4", "00", size_bytes, b"{}")


def numbers(load: Load) -> list[int]:
    return [one.clip_id.int for one in load.clips]


def shard_of(load: Load, *fallen: int) -> OpenShard:
    """The load as a later packing finds it, without the clips that fell out."""
    left = tuple(one for one in load.clips if one.clip_id.int not in fallen)
    return OpenShard(shard_id(load), len(load.clips), left)


def shard_id(load: Load) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, str(numbers(load)))


def test_a_tar_ends_with_the_clip_that_fills_it() -> None:
    loads = list(pack([], [clip(n) for n in range(6)], TARGET_BYTES))
    assert [numbers(load) for load in loads] == [[0, 1, 2, 3], [4, 5]]
    assert [load.is_full for load in loads] == [True, False]


def test_the_last_tar_is_full_where_it_just_is() -> None:
    (load,) = pack([], [clip(n) for n in range(4)], TARGET_BYTES)
    assert load.is_full


def test_cells_are_kept_apart_and_come_in_order() -> None:
    loads = list(pack([], [clip(0, cell=WIDE), clip(1, cell=TALL), clip(2, cell=WIDE)], TARGET_BYTES))
    assert [(load.cell, numbers(load)) for load in loads] == [(WIDE, [0, 2]), (TALL, [1])]


def test_an_open_shard_goes_on_with_its_clips_first() -> None:
    (old,) = pack([], [clip(8), clip(9)], TARGET_BYTES)
    loads = list(pack([shard_of(old)], [clip(n) for n in range(4)], TARGET_BYTES))
    assert [numbers(load) for load in loads] == [[8, 9, 0, 1], [2, 3]]
    assert [load.replaces for load in loads] == [(shard_id(old),), ()]


def test_a_full_shard_that_loses_a_clip_is_filled_from_the_open_one() -> None:
    full, last = pack([], [clip(n) for n in range(6)], TARGET_BYTES)
    loads = list(pack([shard_of(full, 0), shard_of(last)], [clip(5)], TARGET_BYTES))
    assert [numbers(load) for load in loads] == [[1, 2, 3, 4], [5]]
    assert [load.replaces for load in loads] == [(shard_id(full), shard_id(last)), ()]


def test_an_open_shard_that_nothing_happened_to_is_left_alone() -> None:
    (old,) = pack([], [clip(8), clip(9)], TARGET_BYTES)
    assert list(pack([shard_of(old)], [], TARGET_BYTES)) == []
    assert [load.cell for load in pack([shard_of(old)], [clip(0, cell=TALL)], TARGET_BYTES)] == [TALL]


def test_a_clip_that_fell_out_leaves_an_open_shard() -> None:
    (old,) = pack([], [clip(7), clip(8), clip(9)], TARGET_BYTES)
    (load,) = pack([shard_of(old, 8)], [], TARGET_BYTES)
    assert (numbers(load), load.replaces) == ([7, 9], (shard_id(old),))


def test_one_clip_larger_than_the_target_is_a_tar_of_its_own() -> None:
    loads = list(pack([], [clip(0, 5 * TARGET_BYTES), clip(1)], TARGET_BYTES))
    assert [numbers(load) for load in loads] == [[0], [1]]


CLIPS = st.lists(st.tuples(st.integers(1, 150_000), st.sampled_from([WIDE, TALL])), max_size=40)


@given(CLIPS, CLIPS, st.integers(0, 60))
def test_packing_that_was_broken_off_goes_on_to_the_same_tars(
    old: list[tuple[int, str]], new: list[tuple[int, str]], kept: int
) -> None:
    """Whatever number of the new tars was finished: the rest are the same as without the break."""
    standing = [load for load in pack([], _clips(old, 1000), TARGET_BYTES) if not load.is_full]
    opened, arrived = [shard_of(load) for load in standing], _clips(new, 0)
    undisturbed = list(pack(opened, arrived, TARGET_BYTES))

    finished = undisturbed[:kept]
    replaced = {shard for load in finished for shard in load.replaces}
    packed = {one.clip_id for load in finished for one in load.clips}
    left = [one for one in arrived if one.clip_id not in packed]
    still_open = [one for one in opened if one.shard_id not in replaced]
    still_open += [shard_of(load) for load in finished if not load.is_full]
    resumed = [*finished, *pack(still_open, left, TARGET_BYTES)]
    assert sorted(map(numbers, resumed)) == sorted(map(numbers, undisturbed))


@given(CLIPS)
def test_every_clip_is_in_one_tar_and_all_but_the_last_of_a_cell_are_full(sizes: list[tuple[int, str]]) -> None:
    clips = _clips(sizes, 0)
    loads = list(pack([], clips, TARGET_BYTES))
    assert sorted(n for load in loads for n in numbers(load)) == [one.clip_id.int for one in clips]
    for load in loads:
        sizes_bytes = [one.packed_bytes for one in load.clips]
        assert load.is_full == (sum(sizes_bytes) >= TARGET_BYTES)
        assert sum(sizes_bytes[:-1]) < TARGET_BYTES
    opened = [load.cell for load in loads if not load.is_full]
    assert len(opened) == len(set(opened))


def _clips(sizes: list[tuple[int, str]], first: int) -> list[Clip]:
    return [clip(first + n, size_bytes, cell) for n, (size_bytes, cell) in enumerate(sizes)]
