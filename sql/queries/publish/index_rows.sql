-- What the index says of each clip but its scores, in the order of the places.
select l.tar, l.clip_id, l.video_id, l.offset_bytes, l.size_bytes, r.sha256, r.width_px, r.height_px,
       r.frame_rate_num::double precision / r.frame_rate_den, r.frame_rate_num, r.frame_rate_den, r.frame_count,
       r.duration_s, r.codec, r.audio_codec, l.start_s, l.start_s + l.duration_s, b.x_px, b.y_px, b.width_px,
       b.height_px, w.source, w.licence, a.medium, l.caption_id, w.metadata,
       exists (select from catalog.caption_window t where t.caption_id = l.caption_id and t.short <> '') as has_words
from pg_temp.lying l
join catalog.rendition r on r.stage_key = l.rendition_key and r.clip_id = l.clip_id
join catalog.run_key crop on crop.run_id = :run and crop.name = 'crop'
left join catalog.crop_box b on b.stage_key = crop.stage_key and b.clip_id = l.clip_id
left join pg_temp.told w on w.video_id = l.video_id
left join catalog.caption_window a on a.caption_id = l.caption_id and a.ordinal = 0
order by l.place
