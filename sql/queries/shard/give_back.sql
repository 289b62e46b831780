-- Others may pack the dataset.
delete from catalog.reservation where stage_key = :lock and subject_id = :dataset and fence = :fence
