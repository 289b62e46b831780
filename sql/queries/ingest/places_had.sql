-- Of these places, those that a readable video was had from.
select distinct coalesce(l.origin, l.uri) as place
from unnest(cast(:places as text[])) as p(place)
join catalog.video_location l on l.source_id = :source and md5(coalesce(l.origin, l.uri)) = md5(p.place)
join catalog.video v on v.video_id = l.video_id and v.info is not null
