-- Whether plan cut this batch for the run.
select 1 from catalog.batch where batch_id = :batch and run_id = :run
