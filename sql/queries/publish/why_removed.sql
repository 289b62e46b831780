-- Why clips that the version before had belong into the dataset no longer.
select c.clip_id, w.reason, w.detail
from unnest(cast(:clips as uuid[])) as c(clip_id)
cross join lateral catalog.why_no_member(:run, c.clip_id) w
