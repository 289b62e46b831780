-- The published versions that hold clips of the videos, and how many.
select d.name as dataset, d.store_url, v.version, v.published_at, v.run_id, v.stage_run_id, n.clips, v.clip_count,
       not exists (
           select from catalog.dataset_version w where w.dataset_id = v.dataset_id and w.version > v.version
       ) as is_newest
from (
    select h.dataset_id, h.version, count(*) as clips
    from catalog.shard_member m
    join pg_temp.target_clip c on c.clip_id = m.clip_id
    join catalog.dataset_version_shard h on h.shard_id = m.shard_id
    where not exists (
          select from catalog.tombstone t
          where t.dataset_id = h.dataset_id and t.version = h.version and t.shard_id = h.shard_id
            and t.clip_id = m.clip_id
      )
    group by h.dataset_id, h.version
) n
join catalog.dataset_version v on v.dataset_id = n.dataset_id and v.version = n.version
join catalog.dataset d on d.dataset_id = n.dataset_id
order by d.name, v.version
