-- The first clips of a shard in their order, with their videos.
select m.ordinal, m.clip_id, m.offset_bytes, m.size_bytes, c.video_id, c.start_s, c.duration_s, l.path
from catalog.shard_member m
join catalog.clip c using (clip_id)
left join lateral (
    select path from catalog.video_location l where l.video_id = c.video_id order by l.seen_at, l.path limit 1
) l on true
where m.shard_id = :shard
order by m.ordinal
limit :limit
