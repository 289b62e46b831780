-- The batches of a run in the order of their phases.
select b.batch_id, b.phase, b.seconds, (select count(*) from catalog.batch_member m where m.batch_id = b.batch_id) as members
from catalog.batch b
where b.run_id = :run
order by array_position(array['ingest', 'videos', 'clips', 'candidates', 'survivors'], b.phase), b.ordinal
