-- The shards that hold clips of the videos, the current ones first, and how many there are.
select s.shard_id, d.dataset_id, d.name as dataset, d.store_url, s.object_key, s.sha256, s.size_bytes, s.cell, m.clips,
       x.shard_id is null as is_current, p.takedown_id is not null as is_purged, count(*) over () as shards,
       sum(s.size_bytes) over () as all_bytes
from pg_temp.target_shard m
join catalog.shard s on s.shard_id = m.shard_id
join catalog.dataset d on d.dataset_id = s.dataset_id
left join catalog.shard_retirement x on x.shard_id = s.shard_id
left join catalog.purged_shard p on p.shard_id = s.shard_id
order by x.shard_id is not null, d.name, s.object_key
limit :limit
