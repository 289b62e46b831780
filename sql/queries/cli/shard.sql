-- A shard with its dataset, and what became of it.
select s.shard_id, d.name as dataset, d.store_url, s.cell, s.object_key, s.sha256, s.size_bytes, s.is_full, s.recorded_at,
       s.stage_run_id, x.retired_at, x.run_id as retired_by, p.purged_at, p.takedown_id,
       (select count(*) from catalog.shard_member m where m.shard_id = s.shard_id) as clips,
       array(
           select v.version from catalog.dataset_version_shard v where v.shard_id = s.shard_id order by v.version
       ) as versions
from catalog.shard s
join catalog.dataset d using (dataset_id)
left join catalog.shard_retirement x using (shard_id)
left join catalog.purged_shard p using (shard_id)
where s.shard_id = :shard
