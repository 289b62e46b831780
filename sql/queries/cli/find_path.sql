-- Videos that lie at a place: a whole path, one below a source, or the end of one.
select distinct 'video' as kind, l.video_id as id, l.path
from catalog.location_current l
where l.uri = :uri or l.path = :path or right(l.path, length(:path) + 1) = '/' || :path
order by l.path
limit 5
