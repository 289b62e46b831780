-- The first of the videos, each with the first place where it lies, and how many there are.
select v.video_id, v.sha256, v.size_bytes, v.duration_s, l.path, l.uri, s.name as source, count(*) over () as videos,
       sum(v.size_bytes) over () as all_bytes
from pg_temp.target_video t
join catalog.video v on v.video_id = t.video_id
left join lateral (
    select * from catalog.video_location l where l.video_id = v.video_id order by l.seen_at, l.path limit 1
) l on true
left join catalog.source s on s.source_id = l.source_id
order by s.name, l.path, v.video_id
limit :limit
