-- A run like another under another policy, for a transaction that is rolled back.
with trial as (
    insert into catalog.run (run_id, dag, recipe_hash, policy_hash, basis, cluster_key)
    select :trial, dag, recipe_hash, :policy, cast(:basis as uuid), cast(:cluster_key as uuid)
    from catalog.run where run_id = :run
),
key as (
    insert into catalog.run_key (run_id, name, stage, stage_key, fingerprint)
    select :trial, name, stage, stage_key, fingerprint from catalog.run_key where run_id = :run
)
insert into catalog.run_source (run_id, source_id)
select :trial, source_id from catalog.run_source where run_id = :run
