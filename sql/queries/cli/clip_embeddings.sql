-- Where the vectors of a clip lie, what made them, and of which clip of the same footage they are.
select e.kind, e.model, e.revision, e.dimension, e.store_url, e.object_key, e.ordinal, e.copied_from, e.recorded_at, e.stage_run_id,
       e.stage_key in (select stage_key from catalog.run_key where run_id = :run) as is_of_run
from catalog.embedding e
where e.clip_id = :clip
order by is_of_run desc, e.recorded_at, e.stage_key
