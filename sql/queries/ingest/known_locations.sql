-- Of these, the files looked at already: readable videos that were asked what they say on training, and failures that nobody
-- has released.
select l.location_id
from catalog.video_location l
join catalog.video v using (video_id)
where l.location_id = any(cast(:locations as uuid[])) and l.source_id = :source
  and (v.info is not null and exists (select from catalog.training_claim c where c.video_id = v.video_id)
       or exists (select from catalog.failure_open f where f.subject_id = v.video_id and f.stage_key = :key))
