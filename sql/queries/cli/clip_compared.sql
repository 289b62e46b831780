-- Where a clip's vector was compared with all the others, under a run's key.
select d.stage_key, d.recorded_at, d.stage_run_id
from catalog.run_key k
join catalog.compared_file d on d.stage_key = k.stage_key
join catalog.embedding e on e.store_url = d.store_url and e.object_key = d.object_key
where k.run_id = :run and k.name = 'dedup' and e.clip_id = :clip
limit 1
