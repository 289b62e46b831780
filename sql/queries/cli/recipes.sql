-- Registered recipes, the newest of each name first.
select name, recipe_hash, body ->> 'dataset' as dataset, body ->> 'output' as output, registered_at
from catalog.recipe
where not is_variant
order by name, registered_at desc
