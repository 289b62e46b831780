-- Who follows whom is found anew whenever clips are planned.
delete from catalog.same_footage where run_id = :run
