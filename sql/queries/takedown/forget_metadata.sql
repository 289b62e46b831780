-- Takes away the user's own columns on the videos: they may describe them.
update catalog.video_location l
set metadata = null
from pg_temp.target_video t
where l.video_id = t.video_id and l.metadata is not null
