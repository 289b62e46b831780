-- The run that works on a source just now, where it is another batch than this.
select run_id
from catalog.reservation
where stage_key = :key and subject_id = :source and batch_id <> :batch and expires_at > now()
