-- What each scorer of a run measured of a clip.
select s.scorer, s.numbers, s.unmeasured, s.stage_key, s.stage_run_id
from catalog.run_key k
join catalog.score s on s.stage_key = k.stage_key and s.clip_id = :clip
where k.run_id = :run and k.stage in ('filter', 'embed', 'validate', 'caption')
order by s.scorer
