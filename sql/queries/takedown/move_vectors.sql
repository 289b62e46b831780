-- Vectors that lie in another file now, in another row.
update catalog.embedding e
set object_key = :new_key, ordinal = moved.ordinal
from unnest(cast(:clips as uuid[]), cast(:ordinals as int[])) as moved(clip_id, ordinal)
where e.store_url = :store_url and e.object_key = :object_key and coalesce(e.copied_from, e.clip_id) = moved.clip_id
