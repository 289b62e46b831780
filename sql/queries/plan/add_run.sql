-- A run, once.
insert into catalog.run
    (run_id, dag, recipe_hash, policy_hash, basis, cluster_key, clip_limit, window_from, window_to, params)
values
    (:run, :dag, :recipe, :policy, :basis, :cluster_key, :limit, :window_from, :window_to, cast(:params as jsonb))
on conflict do nothing
