-- One item failed; it is not tried again until released.
insert into catalog.failure (failure_id, stage, stage_key, subject_id, kind, message, tries, stage_run_id)
values (:failure_id, :stage, :key, :subject, :kind, :message, :tries, :stage_run_id)
on conflict do nothing
