-- The stage stops of its own will: what it was doing counts for nothing.
delete from catalog.attempt where stage_run_id = :stage_run_id and not observed
