-- The newest runs.
select u.run_id, r.name as recipe, u.started_at, u.closed_at,
       (select count(*) from catalog.batch b where b.run_id = u.run_id) as batches
from catalog.run u
join catalog.recipe r on r.recipe_hash = u.recipe_hash
order by u.started_at desc
limit :limit
