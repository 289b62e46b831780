-- Captioned windows of a run, drawn at random by a word: the same every time. A flag, or `unmeasured`, draws among those
-- that have it.
select c.clip_id, w.ordinal, w.start_s as window_start_s, w.end_s as window_end_s, w.short, w.medium, w.long, w.flags,
       w.model, w.unmeasured, v.path, v.uri, d.info, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den,
       b.x_px, b.y_px, b.width_px, b.height_px, c.clip_id as reserved_id, c.video_id
from catalog.run_key k
join catalog.caption n on n.stage_key = k.stage_key and n.released_at is null
join catalog.caption_window w on w.caption_id = n.caption_id
join catalog.run_clip c on c.run_id = k.run_id and c.clip_id = n.clip_id
join catalog.clip p on p.clip_id = c.clip_id
join catalog.video d on d.video_id = c.video_id
join catalog.run_video v on v.run_id = k.run_id and v.video_id = c.video_id
join catalog.run_key crop on crop.run_id = k.run_id and crop.name = 'crop'
join catalog.crop_box b on b.stage_key = crop.stage_key and b.clip_id = c.clip_id
where k.run_id = :run and k.name = 'caption'
  and (cast(:flag as text) is null or catalog.has_flag(w, array[cast(:flag as text)]))
order by md5(c.clip_id::text || w.ordinal::text)
limit :count
