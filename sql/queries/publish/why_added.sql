-- Why clips belong into the dataset that the version before had not.
select c.clip_id, w.reason, w.detail
from unnest(cast(:clips as uuid[])) as c(clip_id)
cross join lateral catalog.why_new_member(:run, c.clip_id) w
