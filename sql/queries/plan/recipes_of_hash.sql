-- Recipes whose hash begins so, the newest first.
select recipe_hash, name, body from catalog.recipe
where starts_with(recipe_hash, :beginning)
order by registered_at desc
