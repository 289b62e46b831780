-- Any stage run of a run.
select stage_run_id from catalog.stage_run where run_id = :run limit 1
