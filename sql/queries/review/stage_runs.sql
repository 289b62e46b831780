-- Every try of every stage of a run, or of one of its batches, in their order.
select s.stage, s.batch_id, s.host, s.image, s.started_at, s.ended_at, s.exit_code, s.done_count, s.failed_count, s.cpu_s,
       s.error
from catalog.stage_run s
where s.run_id = :run and (cast(:batch as text) is null or s.batch_id = :batch)
order by s.started_at
