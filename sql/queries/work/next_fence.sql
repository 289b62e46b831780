-- A number larger than any given before.
select nextval('catalog.fence')
