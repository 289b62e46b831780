-- What stage keys stand for: the stage or scorer, and the settings, algorithm and models that they are made of.
select distinct on (stage_key) stage_key, name, fingerprint
from catalog.run_key
where stage_key = any(cast(:keys as uuid[]))
order by stage_key, run_id
