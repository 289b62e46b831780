-- Every encode of a clip.
select r.stage_key, r.object_key, r.sha256, r.size_bytes, r.width_px, r.height_px, r.frame_count, r.frame_rate_num,
       r.frame_rate_den, r.duration_s, r.codec, r.pixel_format, r.audio_codec, r.is_copy, r.stage_run_id,
       exists (
           select from catalog.run_key k
           where k.run_id = :run and k.name = 'transcode' and k.stage_key = r.stage_key
       ) as is_of_run
from catalog.rendition r
where r.clip_id = :clip
order by r.recorded_at
