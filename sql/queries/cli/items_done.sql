-- Items that the batch stages of a run worked on.
select coalesce(sum(done_count + failed_count), 0) from catalog.stage_run where run_id = :run and batch_id is not null
