-- All sources.
select source_id, name, uri from catalog.source order by name, uri
