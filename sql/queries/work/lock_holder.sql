-- Who has a lock.
select run_id, expires_at from catalog.reservation where stage_key = :lock and subject_id = :subject
