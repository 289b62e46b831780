-- What each rule of a run's policy says of a clip.
select rule, scorer, score, value, min_value, max_value, outcome, because, unmeasured
from catalog.decision
where run_id = :run and clip_id = :clip
order by ordinal
