-- A shard that was retired and came out the same again is current.
delete from catalog.shard_retirement where shard_id = :shard
