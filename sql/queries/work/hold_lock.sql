-- Renews a lock while it is ours, and keeps others off it until the end of the transaction.
update catalog.reservation
set expires_at = now() + make_interval(secs => :seconds)
where stage_key = :lock and subject_id = :subject and fence = :fence
