-- From which similarity on a run's policy counts two clips as copies, and down to which pairs are kept; no row where it
-- keeps copies.
select l.similarity, l.same_video, (k.fingerprint ->> 'floor')::double precision as floor
from catalog.duplicate_limit l
join catalog.run_key k on k.run_id = l.run_id and k.name = 'dedup'
where l.run_id = :run
