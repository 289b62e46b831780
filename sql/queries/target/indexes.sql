-- The indexes that vectors of the clips went into, with the store that each lies in.
select distinct d.stage_key, k.fingerprint ->> 'output' as store_url
from pg_temp.target_vector v
join catalog.compared_file d on d.store_url = v.store_url and d.object_key = v.object_key
join catalog.run_key k on k.stage_key = d.stage_key and k.name = 'dedup'
order by 1
