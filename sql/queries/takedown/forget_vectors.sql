-- What points to a file that is gone.
delete from catalog.embedding where store_url = :store_url and object_key = :object_key
