-- How many clips the videos were cut into, or one of them, and their length.
select count(*) as clips, coalesce(sum(c.duration_s), 0) as seconds
from catalog.clip c
where c.video_id in (select video_id from pg_temp.target_video)
  and (cast(:clip as uuid) is null or c.clip_id = :clip)
