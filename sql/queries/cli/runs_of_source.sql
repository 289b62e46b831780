-- The newest runs that took videos from a source.
select u.run_id, u.started_at, r.name as recipe, u.recipe_hash
from catalog.run_source rs
join catalog.run u using (run_id)
join catalog.recipe r using (recipe_hash)
where rs.source_id = :source
order by u.started_at desc
limit :limit
