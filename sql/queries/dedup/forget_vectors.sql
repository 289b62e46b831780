-- Vectors whose file is gone: their clips are embedded anew.
delete from catalog.embedding
where stage_key = :embedding_key and store_url = :store_url and object_key = :object_key
