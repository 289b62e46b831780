-- How it ended.
update catalog.stage_run
set ended_at = now(), exit_code = :exit_code, done_count = :done, failed_count = :failed, cpu_s = :cpu_s, error = :error
where stage_run_id = :stage_run_id
