-- How many clips of a run each scorer has looked at.
select s.scorer, count(*) as clips
from catalog.run_clip c
join catalog.run_key k on k.run_id = c.run_id and k.stage in ('filter', 'embed', 'validate', 'caption') and k.name like '%.%'
join catalog.score s on s.stage_key = k.stage_key and s.clip_id = c.clip_id
where c.run_id = :run
group by s.scorer
