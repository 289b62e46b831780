-- Those of the subjects that are still ours, locked until the end of the transaction.
select subject_id
from catalog.reservation
where stage_key = :key and subject_id = any(cast(:subjects as uuid[])) and batch_id = :batch and fence = :fence
order by subject_id
for update
