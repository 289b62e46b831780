-- The newest run of a recipe, whatever it said then; one that curates, where there is one.
select u.run_id
from catalog.run u
join catalog.recipe r using (recipe_hash)
where r.name = :recipe
order by u.dag = 'curate' desc, u.started_at desc
limit 1
