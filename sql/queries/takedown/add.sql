-- Blocks a subject from now on; one that is blocked already stays as it is.
insert into catalog.takedown (takedown_id, subject, subject_id, reason, requested_by)
values (:takedown, :subject, :subject_id, :reason, :requested_by)
on conflict (subject_id) do nothing
