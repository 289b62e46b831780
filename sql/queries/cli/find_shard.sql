-- Shards by their key, the end of it, or their id.
select s.shard_id as id, 'shard' as kind, s.object_key as path
from catalog.shard s
where s.object_key = :named or right(s.object_key, length(:named) + 1) = '/' || :named or s.shard_id::text = lower(:named)
order by s.recorded_at desc
limit 5
