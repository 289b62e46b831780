-- The stage runs that made something: where, when and from which code.
select stage_run_id, stage, run_id, batch_id, host, image, code_revision, started_at, ended_at
from catalog.stage_run
where stage_run_id = any(cast(:ids as uuid[]))
order by started_at
