-- The encoded clips, and how many and how large they are in all.
select r.stage_key, r.clip_id, r.object_key, r.sha256, r.size_bytes, k.store_url, count(*) over () as renditions,
       sum(r.size_bytes) over () as all_bytes
from catalog.rendition r
join catalog.clip c on c.clip_id = r.clip_id
left join lateral (
    select k.fingerprint ->> 'output' as store_url from catalog.run_key k
    where k.stage_key = r.stage_key and k.name = 'transcode' limit 1
) k on true
where c.video_id in (select video_id from pg_temp.target_video)
  and (cast(:clip as uuid) is null or c.clip_id = :clip)
order by r.object_key
limit :limit
