-- Where the vectors of a clip lie, and what made them.
select e.kind, e.model, e.revision, e.dimension, e.store_url, e.object_key, e.ordinal, e.recorded_at, e.stage_run_id,
       e.stage_key in (select stage_key from catalog.run_key where run_id = :run) as is_of_run
from catalog.embedding e
where e.clip_id = :clip
order by is_of_run desc, e.recorded_at, e.stage_key
