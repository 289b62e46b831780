-- The shards that make up the dataset now; of those with captions as vectors, what these are made by.
select s.shard_id, s.cell, s.object_key, s.sha256, s.size_bytes, t.fingerprint as text_fingerprint,
       (select count(*) from catalog.shard_member m where m.shard_id = s.shard_id) as members
from catalog.shard_current s
left join (
    select distinct on (k.stage_key) k.stage_key, k.fingerprint from catalog.run_key k where k.name = 'text'
) t on t.stage_key = s.text_key
where s.dataset_id = :dataset
