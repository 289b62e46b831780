-- Kinds of failure that are open, and how many.
select kind, count(*) as failures from catalog.failure_open group by kind order by count(*) desc, kind
