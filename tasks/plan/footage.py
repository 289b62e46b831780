"""Finding clips that show the same footage before they are embedded: one is, and lends the others its vector."""

from tasks.core.catalog import Connection
from tasks.core.catalog.connection import as_uuid
from tasks.core.clusters import Pair, settle

FOLLOWER = ("run_id", "clip_id", "leader_id", "differing_bits")
HASH_BITS = 256

MOST_BITS = 16
"""In which the hashes of the same footage may differ: see `python -m bench footage_hash`."""
MOST_APART_S = 0.1
"""By which their lengths may."""


def find_followers(connection: Connection, run_id: str) -> int:
    """The number of clips that wait for the vector of another; which ones is written down.

    Nobody follows a follower. Right after judging, in its transaction.
    """
    connection.run("plan/forget_followers", run=run_id)
    if not connection.value("plan/gather_footage", run=run_id, most_bits=MOST_BITS, most_apart_s=MOST_APART_S):
        return 0
    ranked = [as_uuid(row["clip_id"]) for row in connection.rows("plan/footage_clips")]
    apart = {
        (as_uuid(row["leader_id"]), as_uuid(row["clip_id"])): int(row["differing_bits"])
        for row in connection.rows("plan/footage_pairs")
    }
    places = settle(ranked, (Pair(*pair, similarity=1 - bits / HASH_BITS) for pair, bits in apart.items()))
    followers = [
        (run_id, clip, place.representative_id, apart[place.representative_id, clip])
        for clip, place in places.items()
        if place.representative_id != clip
    ]
    connection.copy("same_footage", FOLLOWER, followers, upsert=False)
    return len(followers)
