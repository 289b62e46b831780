-- The item's own process died under a living stage.
update catalog.attempt set observed = true
where stage_key = :key and subject_id = :subject and attempt = :attempt
