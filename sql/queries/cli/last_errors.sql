-- Why each stage of some runs last did not end well, on each batch.
select distinct on (run_id, stage, batch_id) run_id, stage, batch_id, error
from catalog.stage_run
where run_id = any(cast(:runs as text[])) and error is not null
order by run_id, stage, batch_id, started_at desc
