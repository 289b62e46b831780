-- The published versions that hold clips of the videos, and how many.
select d.name as dataset, d.store_url, d.dataset_id, v.version, v.published_at, v.run_id, v.stage_run_id,
       v.manifest_sha256, n.clips, v.clip_count,
       not exists (
           select from catalog.dataset_version w where w.dataset_id = v.dataset_id and w.version > v.version
       ) as is_newest
from pg_temp.target_version n
join catalog.dataset_version v on v.dataset_id = n.dataset_id and v.version = n.version
join catalog.dataset d on d.dataset_id = n.dataset_id
order by d.name, v.version
