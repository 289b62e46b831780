-- What each condition of each rule of a run's policy says of a clip.
select rule, scorer, algorithm, score, value, min_value, max_value, drop_lowest, drop_highest, side, threshold, outcome,
       because, unmeasured, stage_key, policy_hash
from catalog.decision
where run_id = :run and clip_id = :clip
order by ordinal, score
