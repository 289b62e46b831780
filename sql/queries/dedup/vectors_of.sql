-- The clips whose own vectors lie in a file, and their rows in it.
select clip_id, ordinal
from catalog.embedding
where stage_key = :embedding_key and store_url = :store_url and object_key = :object_key and copied_from is null
order by ordinal
