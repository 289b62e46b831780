-- The cells that have candidates.
select distinct cell from pg_temp.candidate order by cell
