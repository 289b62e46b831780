-- The shards that still take clips, and how many clips lie in each.
select s.shard_id, (select count(*) from catalog.shard_member m where m.shard_id = s.shard_id) as members
from catalog.shard_current s
where s.dataset_id = :dataset and not s.is_full and s.shard_id <> all(cast(:condemned as uuid[]))
order by s.recorded_at, s.shard_id
