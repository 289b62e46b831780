-- The keys of all stages of a run, as plan registered them.
select name, stage, stage_key, fingerprint from catalog.run_key where run_id = :run order by name
