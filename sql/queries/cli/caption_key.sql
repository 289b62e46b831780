-- The key under which a run writes captions: its settings hold the prompt.
select stage_key, fingerprint from catalog.run_key where run_id = :run and name = 'caption'
