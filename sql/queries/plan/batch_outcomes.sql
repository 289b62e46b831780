-- How many batches ended badly: the last stage run of some stage on them did not end with 0.
with last_run as (
    select distinct on (batch_id, stage) batch_id, stage, exit_code
    from catalog.stage_run
    where run_id = :run and batch_id is not null
    order by batch_id, stage, started_at desc
)
select
    (select count(*) from catalog.batch where run_id = :run) as batches,
    count(distinct batch_id) filter (where exit_code is distinct from 0) as failed
from last_run
