-- What the views were last made from.
select obj_description('catalog'::regnamespace, 'pg_namespace')
