-- Every name that means a recipe.
select distinct name from catalog.recipe where not is_variant order by name
