-- The clips in question, also those of which nothing was made: reports show pictures of dropped ones too.
select c.clip_id
from catalog.clip c
where c.video_id in (select video_id from pg_temp.target_video)
  and (cast(:clip as uuid) is null or c.clip_id = :clip)
