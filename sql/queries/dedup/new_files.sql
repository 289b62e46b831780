-- Files with vectors of the run's clips that have not been compared with all the others.
select distinct e.store_url, e.object_key
from catalog.run_clip c
join catalog.embedding e on e.clip_id = c.clip_id and e.stage_key = cast(:embedding_key as uuid)
where c.run_id = :run
  and not exists (
      select from catalog.compared_file d
      where d.stage_key = cast(:key as uuid) and d.store_url = e.store_url and d.object_key = e.object_key
  )
order by e.store_url, e.object_key
