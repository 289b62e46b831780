-- The clips of the shards but the dead ones: their place in the index, counted from nought, and the number of their tar.
create temp table lying on commit drop as
select row_number() over (order by s.number, m.ordinal) - 1 as place, s.number - 1 as tar, m.clip_id, m.rendition_key,
       m.caption_id, m.offset_bytes, m.size_bytes, p.video_id, p.start_s, p.duration_s
from unnest(cast(:shards as uuid[])) with ordinality as s(shard_id, number)
join catalog.shard_member m on m.shard_id = s.shard_id
join catalog.clip p on p.clip_id = m.clip_id
where (m.shard_id, m.clip_id) not in (
    select * from unnest(cast(:dead_shards as uuid[]), cast(:dead_clips as uuid[]))
)
