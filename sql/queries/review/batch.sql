-- A batch: its run, its size, its place among the run's batches of the phase, and how many of its subjects are reserved still.
select b.batch_id, b.run_id, b.phase, b.seconds, r.name as recipe, u.started_at, u.closed_at,
       (select count(*) from catalog.batch_member m where m.batch_id = b.batch_id) as members,
       (select count(*) from catalog.batch o where (o.run_id, o.phase) = (b.run_id, b.phase) and o.ordinal < b.ordinal) as place,
       (select count(distinct v.subject_id) from catalog.reservation v
        where v.batch_id = b.batch_id and v.expires_at > now()) as reserved
from catalog.batch b
join catalog.run u on u.run_id = b.run_id
join catalog.recipe r on r.recipe_hash = u.recipe_hash
where b.batch_id = :batch
