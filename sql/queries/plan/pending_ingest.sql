-- Every source of the run's recipe: listing is what finds out whether there is anything new. Not those taken down.
select source_id as subject_id, 1.0::double precision as seconds
from catalog.run_source
where run_id = :run
  and source_id not in (select subject_id from catalog.takedown)
  and cardinality(cast(:keys as uuid[])) > 0
order by source_id
