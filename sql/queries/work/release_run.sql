-- Frees all that a run still holds.
delete from catalog.reservation where run_id = :run
