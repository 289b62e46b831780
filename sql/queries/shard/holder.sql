-- Who packs the dataset.
select run_id, expires_at from catalog.reservation where stage_key = :lock and subject_id = :dataset
