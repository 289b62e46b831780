-- Clips of the batch that no model has been asked about under this key and that are not quarantined.
select c.clip_id, c.video_id, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den, v.uri, d.info,
       b.x_px, b.y_px, b.width_px, b.height_px
from catalog.batch_member m
join catalog.run_clip c on c.run_id = :run and c.clip_id = m.subject_id
join catalog.clip p on p.clip_id = c.clip_id
join catalog.run_video v on v.run_id = :run and v.video_id = c.video_id
join catalog.video d on d.video_id = c.video_id
join catalog.crop_box b on b.clip_id = c.clip_id and b.stage_key = :crop_key
where m.batch_id = :batch and not catalog.is_validated(:run, c.clip_id)
  and not exists (select from catalog.failure_open f where f.subject_id = c.clip_id and f.stage_key = :key)
order by c.video_id, c.ordinal
