-- The members that are reserved under every one of the keys.
select subject_id
from catalog.reservation
where batch_id = :batch and fence = :fence and stage_key = any(cast(:keys as uuid[]))
group by subject_id
having count(*) = cardinality(cast(:keys as uuid[]))
