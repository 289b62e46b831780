-- A run, once.
insert into catalog.run (run_id, dag, recipe_hash, policy_hash, basis, clip_limit)
values (:run, :dag, :recipe, :policy, :basis, :limit)
on conflict do nothing
