-- Bytes that were fetched before, by the hash that their place gave of them.
select distinct on (l.content_hash) l.content_hash, v.sha256
from catalog.video_location l
join catalog.video v using (video_id)
where l.content_hash = any(cast(:hashes as text[])) and l.origin is not null and v.info is not null
order by l.content_hash, l.seen_at desc
