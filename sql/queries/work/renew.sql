-- Says that the work is still being done.
update catalog.reservation
set expires_at = now() + make_interval(secs => :seconds)
where batch_id = :batch and fence = :fence
