-- How many clips the videos of a source were cut into, and their length; several processes may read them.
select count(*) as clips, coalesce(sum(c.duration_s), 0) as seconds
from catalog.clip c
where c.video_id in (select l.video_id from catalog.video_location l where l.source_id = :source)
