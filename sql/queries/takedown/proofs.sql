-- How many records there are of a takedown.
select count(*) from catalog.takedown_proof where takedown_id = :takedown
