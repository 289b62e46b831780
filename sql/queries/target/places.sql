-- Every place where the videos ever lay, and how many there are.
select l.video_id, l.path, l.uri, s.name as source, count(*) over () as places
from pg_temp.target_video t
join catalog.video_location l on l.video_id = t.video_id
join catalog.source s on s.source_id = l.source_id
order by s.name, l.path, l.location_id
limit :limit
