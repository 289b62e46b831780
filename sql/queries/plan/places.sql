-- Where the files of a source lie, of those whose paths begin as one of these.
select l.video_id, l.path
from catalog.location_current l
where l.source_id = :source
  and exists (select from unnest(cast(:beginnings as text[])) b where starts_with(l.path, b))
