-- Every name that means a recipe.
select distinct name from catalog.recipe order by name
