-- How many verdicts some runs came to.
select count(*) from catalog.verdict where run_id = any(cast(:runs as text[]))
