-- The items ended, one way or the other.
delete from catalog.attempt where stage_key = :key and subject_id = any(cast(:subjects as uuid[]))
