-- The source that a batch is about.
select s.source_id, s.name
from catalog.batch_member m
join catalog.source s on s.source_id = m.subject_id
where m.batch_id = :batch
