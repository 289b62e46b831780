-- Encoded clips whose objects are gone.
delete from catalog.rendition r
using unnest(cast(:keys as uuid[]), cast(:clips as uuid[])) as gone(stage_key, clip_id)
where r.stage_key = gone.stage_key and r.clip_id = gone.clip_id
