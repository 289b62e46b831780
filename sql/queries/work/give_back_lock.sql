-- Others may take the lock.
delete from catalog.reservation where stage_key = :lock and subject_id = :subject and fence = :fence
