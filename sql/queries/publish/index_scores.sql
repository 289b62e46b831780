-- Of each clip's place in the index what each scorer measured; in no order.
select l.place, c.scorer, c.numbers
from catalog.score c
join pg_temp.lying l on l.clip_id = c.clip_id
where c.stage_key in (select k.stage_key from catalog.run_key k where k.run_id = :run and k.name like '%.%')
  and c.numbers <> '{}'
