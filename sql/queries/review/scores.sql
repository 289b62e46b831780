-- What the scorers of a run measured of these clips.
select s.clip_id, s.scorer, s.numbers, s.unmeasured
from catalog.run_key k
join catalog.score s on s.stage_key = k.stage_key and s.clip_id = any(cast(:clips as uuid[]))
where k.run_id = :run and k.stage in ('filter', 'embed', 'validate', 'caption')
order by s.scorer
