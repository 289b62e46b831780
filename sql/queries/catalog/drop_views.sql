-- Statements that drop every view and function of the catalog; tables stay.
select format('drop view if exists %s cascade', c.oid::regclass) as statement
from pg_class c
where c.relnamespace = 'catalog'::regnamespace and c.relkind = 'v'
union all
select format('drop function if exists %s cascade', p.oid::regprocedure)
from pg_proc p
where p.pronamespace = 'catalog'::regnamespace
