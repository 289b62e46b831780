-- Clips of a version that may not be used any more, as the run sees it that made the newest version.
select v.clip_id, b.reason
from catalog.version_clip v
join catalog.clip c on c.clip_id = v.clip_id
cross join (
    select run_id from catalog.dataset_version
    where dataset_id = :dataset and run_id is not null
    order by version desc
    limit 1
) u
cross join lateral (select catalog.why_blocked(u.run_id, v.clip_id, c.video_id) as reason) b
where v.dataset_id = :dataset and v.version = :version and b.reason is not null
order by v.clip_id
