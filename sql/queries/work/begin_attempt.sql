-- Committed before the item starts, so that a death leaves a trace.
insert into catalog.attempt (stage, stage_key, subject_id, stage_run_id, attempt)
values (:stage, :key, :subject, :stage_run_id, :attempt)
