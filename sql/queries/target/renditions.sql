-- The encoded clips, and how many and how large they are in all.
select r.stage_key, r.clip_id, r.object_key, r.sha256, r.size_bytes, k.store_url, count(*) over () as renditions,
       sum(r.size_bytes) over () as all_bytes
from pg_temp.target_clip c
join catalog.rendition r on r.clip_id = c.clip_id
left join (
    select distinct k.stage_key, k.fingerprint ->> 'output' as store_url from catalog.run_key k where k.name = 'transcode'
) k on k.stage_key = r.stage_key
order by r.object_key
limit :limit
