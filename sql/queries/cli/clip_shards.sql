-- Where in which shards a clip lies, and which versions of which dataset hold it there.
select d.name as dataset, d.store_url, s.shard_id, s.object_key, s.cell, s.sha256, s.stage_run_id, m.offset_bytes,
       m.size_bytes, x.shard_id is null as is_current,
       array(
           select v.version from catalog.dataset_version_shard v
           where v.shard_id = s.shard_id
             and not exists (
                 select from catalog.tombstone t
                 where t.dataset_id = v.dataset_id and t.version = v.version and t.shard_id = s.shard_id
                   and t.clip_id = m.clip_id
             )
           order by v.version
       ) as versions
from catalog.shard_member m
join catalog.shard s using (shard_id)
join catalog.dataset d using (dataset_id)
left join catalog.shard_retirement x using (shard_id)
where m.clip_id = :clip
order by d.name, s.recorded_at
