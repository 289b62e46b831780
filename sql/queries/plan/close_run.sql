-- The run is over.
update catalog.run set closed_at = now() where run_id = :run
