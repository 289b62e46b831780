-- Takes away what was said of the clips. That something was, by what and when, stays; it counts as set aside, so that it
-- would be said anew.
with target as (
    select n.caption_id from pg_temp.target_clip c join catalog.caption n on n.clip_id = c.clip_id
),
words as (
    delete from catalog.caption_window w using target t where w.caption_id = t.caption_id returning w.caption_id
)
update catalog.caption n
set released_at = coalesce(n.released_at, now())
from (select distinct caption_id from words) w
where n.caption_id = w.caption_id
