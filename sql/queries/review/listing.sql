-- How far a batch of ingest has listed its source.
select s.name as source, s.uri, l.listed, l.is_whole
from catalog.listing l
join catalog.source s on s.source_id = l.source_id
where l.batch_id = :batch
