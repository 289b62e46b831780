-- The run that people mean when they name none: the newest that curates.
select run_id from catalog.run order by dag = 'curate' desc, started_at desc limit 1
