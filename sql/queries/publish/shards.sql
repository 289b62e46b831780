-- The shards that make up the dataset now.
select s.shard_id, s.cell, s.object_key, s.sha256, s.size_bytes,
       (select count(*) from catalog.shard_member m where m.shard_id = s.shard_id) as members
from catalog.shard_current s
where s.dataset_id = :dataset
