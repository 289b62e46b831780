-- What was compared in a file was compared in the one that took its place.
insert into catalog.compared_file (stage_key, store_url, object_key, vectors, stage_run_id)
select stage_key, store_url, :new_key, :vectors, stage_run_id
from catalog.compared_file
where store_url = :store_url and object_key = :object_key
on conflict do nothing
