-- Of how many clips anything is said: captions, and what models answered.
select count(*)
from pg_temp.target_clip c
where exists (
          select from catalog.caption n
          join catalog.caption_window w on w.caption_id = n.caption_id and w.ordinal = 0
          where n.clip_id = c.clip_id
      )
   or exists (select from catalog.validation v where v.clip_id = c.clip_id)
