-- A run, of which dataset, and the window that it works on.
select u.run_id, r.name as recipe, r.body ->> 'dataset' as dataset, u.started_at, u.closed_at, u.window_from, u.window_to, u.params
from catalog.run u
join catalog.recipe r on r.recipe_hash = u.recipe_hash
where u.run_id = :run
