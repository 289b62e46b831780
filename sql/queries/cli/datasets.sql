-- The datasets of the catalog with their newest versions.
select d.name, d.store_url, v.version, v.clip_count, v.duration_s, v.size_bytes, v.published_at, v.rolled_back_to
from catalog.dataset d
left join lateral (
    select * from catalog.dataset_version v where v.dataset_id = d.dataset_id order by v.version desc limit 1
) v on true
order by v.published_at desc nulls last, d.name, d.store_url
