-- Every source of the run's recipe: listing is what finds out whether there is anything new.
select source_id as subject_id, 1.0::double precision as seconds
from catalog.run_source
where run_id = :run and cardinality(cast(:keys as uuid[])) > 0
order by source_id
