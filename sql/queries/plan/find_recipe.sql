-- The newest recipe of a name, or the one of a hash.
select recipe_hash, name, body from catalog.recipe
where (name = :name and not is_variant) or recipe_hash = :name
order by registered_at desc
limit 1
