-- The shards of these bytes; of several (the same bytes under two keys) the current one.
select distinct on (s.sha256) s.sha256, s.shard_id
from catalog.shard s
left join catalog.shard_retirement r on r.shard_id = s.shard_id
where s.dataset_id = :dataset and s.sha256 = any(cast(:sha256s as text[]))
order by s.sha256, r.shard_id is not null, s.recorded_at desc, s.shard_id
