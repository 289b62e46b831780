-- A recipe by its hash; adding it again makes it the newest of its name.
insert into catalog.recipe (recipe_hash, name, body) values (:hash, :name, cast(:body as jsonb))
on conflict (recipe_hash) do update set registered_at = now()
