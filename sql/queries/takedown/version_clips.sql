-- The clips in question that a version has.
select v.clip_id
from catalog.version_clip v
join pg_temp.target_clip c on c.clip_id = v.clip_id
where v.dataset_id = :dataset and v.version = :version
