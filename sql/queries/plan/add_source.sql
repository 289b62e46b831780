-- A place that videos come from; its name may change, its place is its id.
insert into catalog.source (source_id, name, kind, uri) values (:source, :name, :kind, :uri)
on conflict (source_id) do update set name = excluded.name
