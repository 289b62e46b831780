-- The clips of the shards but the dead ones, each as a line of JSON with what the index says of it, by their place.
-- A line is put together here: dozens of values a clip take a driver ten times as long. It is not sorted with its
-- place: a million lines would not fit into memory.
create temp table index_line on commit drop as
with lying as materialized (
    select s.*, row_number() over (order by s.object_key collate "C") << 32 as place
    from catalog.shard s
    where s.shard_id = any(cast(:shards as uuid[]))
)
select s.place | m.ordinal as place,
       json_build_object(
           'clip_id', m.clip_id, 'video_id', p.video_id, 'shard', s.object_key, 'offset_bytes', m.offset_bytes,
           'size_bytes', m.size_bytes, 'sha256', r.sha256, 'cell', s.cell, 'width_px', r.width_px,
           'height_px', r.height_px, 'fps', r.frame_rate_num::double precision / r.frame_rate_den,
           'frame_rate_num', r.frame_rate_num, 'frame_rate_den', r.frame_rate_den, 'frame_count', r.frame_count,
           'duration_s', r.duration_s, 'codec', r.codec, 'audio_codec', r.audio_codec, 'start_s', p.start_s,
           'end_s', p.start_s + p.duration_s, 'crop_x_px', b.x_px, 'crop_y_px', b.y_px, 'crop_width_px', b.width_px,
           'crop_height_px', b.height_px, 'source', w.source, 'licence', w.licence,
           'caption', (
               select a.medium from catalog.caption_window a where a.caption_id = m.caption_id and a.ordinal = 0
           ),
           'metadata', catalog.metadata_of(p.video_id)::text,
           'scores', n.scores::json
       )::text as line
from lying s
join catalog.shard_member m on m.shard_id = s.shard_id
join catalog.rendition r on r.stage_key = m.rendition_key and r.clip_id = m.clip_id
join catalog.clip p on p.clip_id = m.clip_id
join catalog.run_key crop on crop.run_id = :run and crop.name = 'crop'
left join catalog.crop_box b on b.stage_key = crop.stage_key and b.clip_id = m.clip_id
left join lateral catalog.video_terms(:run, p.video_id) w on true
left join pg_temp.clip_numbers n on n.clip_id = m.clip_id
where (m.shard_id, m.clip_id) not in (
    select * from unnest(cast(:dead_shards as uuid[]), cast(:dead_clips as uuid[]))
)
