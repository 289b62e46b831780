-- Sources by name, place or id.
select source_id, name, uri from catalog.source
where name = :named or uri = :named or uri = :uri or source_id::text = lower(:named)
order by name, uri
