-- Every clip of the shards, with what the index says of it.
select m.shard_id, m.ordinal, m.clip_id, p.video_id, s.object_key as shard, s.cell, m.offset_bytes, m.size_bytes,
       r.sha256, r.width_px, r.height_px, r.frame_rate_num, r.frame_rate_den, r.frame_count, r.duration_s, r.codec,
       r.audio_codec, p.start_s, p.start_s + p.duration_s as end_s, w.source, w.licence,
       (
           select jsonb_object_agg(n.score, n.value)
           from catalog.run_key k
           join catalog.score_number n on n.stage_key = k.stage_key and n.clip_id = m.clip_id
           where k.run_id = :run and k.stage in ('filter', 'embed', 'validate', 'caption')
       ) as scores,
       (select n.medium from catalog.caption_window n where n.caption_id = m.caption_id and n.ordinal = 0) as caption,
       catalog.metadata_of(p.video_id) as metadata
from catalog.shard s
join catalog.shard_member m on m.shard_id = s.shard_id
join catalog.rendition r on r.stage_key = m.rendition_key and r.clip_id = m.clip_id
join catalog.clip p on p.clip_id = m.clip_id
left join lateral catalog.video_terms(:run, p.video_id) w on true
where s.shard_id = any(cast(:shards as uuid[]))
