-- The indexes that vectors of the clips went into, with the store that each lies in.
select distinct d.stage_key, k.fingerprint ->> 'output' as store_url
from catalog.embedding e
join pg_temp.target_clip c on c.clip_id = coalesce(e.copied_from, e.clip_id)
join catalog.compared_file d on d.store_url = e.store_url and d.object_key = e.object_key
join catalog.run_key k on k.stage_key = d.stage_key and k.name = 'dedup'
order by 1
