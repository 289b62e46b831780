-- Clips of a version that may not be shown any more.
select v.clip_id, x.reason, x.detail
from catalog.version_clip v
join catalog.exclusion_current x on x.dataset_id = v.dataset_id and x.clip_id = v.clip_id
where v.dataset_id = :dataset and v.version = :version and x.reason in ('rights', 'takedown')
order by v.clip_id
