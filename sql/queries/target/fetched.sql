-- The videos' files that were fetched into a dataset's store, and where each came from.
select l.uri, v.sha256, v.size_bytes, array_agg(distinct l.origin order by l.origin) as origins
from pg_temp.target_video t
join catalog.video v on v.video_id = t.video_id
join catalog.video_location l on l.video_id = t.video_id and l.origin is not null
where v.info is not null
group by l.uri, v.sha256, v.size_bytes
order by l.uri
