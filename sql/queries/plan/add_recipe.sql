-- A recipe by its hash; adding it again makes it the newest of its name, unless it is a variant for one run.
insert into catalog.recipe as known (recipe_hash, name, body, is_variant)
values (:hash, :name, cast(:body as jsonb), :variant)
on conflict (recipe_hash) do update set
    registered_at = case when excluded.is_variant then known.registered_at else now() end,
    is_variant = known.is_variant and excluded.is_variant
