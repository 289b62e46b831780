"""Of copies the best is kept: one answer for a ranking and its pairs, whatever the order in which they were found."""

import uuid
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.clusters import Candidate, Limits, Pair, Place, settle, settle_vectors
from tasks.core.model import content_id

CLIPS = [content_id("clip", number) for number in range(9)]
A, B, C, D, *_ = CLIPS


def pair(first: uuid.UUID, second: uuid.UUID, similarity: float = 0.97) -> Pair:
    return Pair(min(first, second), max(first, second), similarity)


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[uuid.UUID], list[Pair]]:
    """Clips, best first, and pairs of them."""
    ranked = draw(st.permutations(CLIPS))
    joined = st.tuples(st.sampled_from(CLIPS), st.sampled_from(CLIPS)).filter(lambda two: two[0] < two[1])
    found = draw(st.dictionaries(joined, st.sampled_from([0.95, 0.97, 0.99]), max_size=20))
    return ranked, [pair(*two, similarity) for two, similarity in found.items()]


def test_the_best_copy_stands_for_the_others() -> None:
    places = settle([B, A, C], [pair(A, B), pair(B, C)])
    assert places == {B: Place(B, None), A: Place(B, 0.97), C: Place(B, 0.97)}


def test_a_copy_of_a_copy_is_not_a_copy() -> None:
    """A like B, B like C: B goes, and C stays, since it is not like A."""
    places = settle([A, B, C], [pair(A, B), pair(B, C)])
    assert {clip: place.representative_id for clip, place in places.items()} == {A: A, B: A, C: C}


def test_a_clip_joins_the_nearest_representative_even_one_that_ranks_below_it() -> None:
    places = settle([A, B, C], [pair(A, B, 0.95), pair(B, C, 0.99)])
    assert places[B] == Place(C, 0.99)


def test_of_two_as_near_the_better_stands_for_it() -> None:
    places = settle([A, B, C], [pair(A, C), pair(B, C)])
    assert places[C] == Place(A, 0.97)


def test_a_pair_with_a_clip_out_of_the_question_counts_for_nothing() -> None:
    assert settle([A, C], [pair(A, B), pair(B, C)]) == {A: Place(A, None), C: Place(C, None)}


@given(rankings(), st.randoms())
def test_the_order_of_the_pairs_does_not_matter(drawn: tuple[list[uuid.UUID], list[Pair]], random: object) -> None:
    ranked, pairs = drawn
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert settle(ranked, shuffled) == settle(ranked, pairs)


@given(rankings())
def test_a_clip_is_a_representative_if_and_only_if_no_better_one_is_its_copy(
    drawn: tuple[list[uuid.UUID], list[Pair]],
) -> None:
    ranked, pairs = drawn
    places = settle(ranked, pairs)
    kept = {clip for clip, place in places.items() if place.representative_id == clip}
    copies = {frozenset((one.clip_a, one.clip_b)): one.similarity for one in pairs}
    for number, clip in enumerate(ranked):
        better = any(frozenset((clip, other)) in copies and other in kept for other in ranked[:number])
        assert (clip in kept) == (not better)
        if clip not in kept:
            near = {other: copies[frozenset((clip, other))] for other in kept if frozenset((clip, other)) in copies}
            assert near[places[clip].representative_id] == places[clip].similarity == max(near.values())


@given(rankings(), st.integers(0, 8))
def test_components_may_be_settled_by_themselves(drawn: tuple[list[uuid.UUID], list[Pair]], number: int) -> None:
    """What `plan` stands on: a component that nothing has touched keeps its places."""
    ranked, pairs = drawn
    component, edges = {CLIPS[number]}, [frozenset((one.clip_a, one.clip_b)) for one in pairs]
    while more := {clip for edge in edges if edge & component for clip in edge} - component:
        component |= more
    whole = settle(ranked, pairs)
    alone = settle([clip for clip in ranked if clip in component], pairs)
    assert alone == {clip: whole[clip] for clip in component}


@st.composite
def sharing(draw: st.DrawFn) -> tuple[list[Candidate], list[Pair], Limits]:
    """Clips of some videos that share vectors, best first; pairs of those vectors; limits."""
    limit = st.sampled_from([None, 0.95, 0.97, 1.0])
    vectors = st.sampled_from(CLIPS[:4])
    videos = st.sampled_from([content_id("video", number) for number in range(3)])
    ranked = [Candidate(clip, draw(vectors), draw(videos)) for clip in draw(st.permutations(CLIPS))]
    joined = st.tuples(vectors, vectors).filter(lambda two: two[0] < two[1])
    found = draw(st.dictionaries(joined, st.sampled_from([0.94, 0.95, 0.97, 0.99]), max_size=6))
    return ranked, [pair(*two, similarity) for two, similarity in found.items()], Limits(draw(limit), draw(limit))


@given(sharing())
def test_pairs_of_vectors_settle_as_all_pairs_of_clips_do(drawn: tuple[list[Candidate], list[Pair], Limits]) -> None:
    ranked, alike, limits = drawn
    similar = {frozenset((one.clip_a, one.clip_b)): one.similarity for one in alike}
    spelt = []
    for one, other in combinations(ranked, 2):
        same = one.vector_id == other.vector_id
        value = 1.0 if same else similar.get(frozenset((one.vector_id, other.vector_id)), 0.0)
        limit = limits.same_video if one.video_id == other.video_id else limits.similarity
        if limit is not None and value >= limit:
            spelt.append(pair(one.clip_id, other.clip_id, value))
    assert settle_vectors(ranked, alike, limits) == settle([one.clip_id for one in ranked], spelt)


def test_a_thousand_clips_of_one_vector_are_settled_without_their_pairs() -> None:
    """Half a million of them, of which one clip asks one vector."""
    ids = [content_id("many", number) for number in range(1000)]
    ranked = [Candidate(clip, A, content_id("video", number)) for number, clip in enumerate(ids)]
    places = settle_vectors(ranked, [], Limits(0.95, None))
    assert set(places.values()) == {Place(ids[0], None), Place(ids[0], 1.0)}
