-- Clips of the batch's videos that have no box under this key and are not quarantined.
select c.clip_id, c.video_id, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den, v.uri, d.info
from catalog.batch_member m
join catalog.usable_clip(:run) c on c.video_id = m.subject_id
join catalog.clip p on p.clip_id = c.clip_id
join catalog.run_video v on v.run_id = :run and v.video_id = c.video_id
join catalog.video d on d.video_id = c.video_id
where m.batch_id = :batch
  and not exists (select from catalog.crop_box b where b.clip_id = c.clip_id and b.stage_key = :key)
  and not exists (select from catalog.failure_open f where f.subject_id = c.clip_id and f.stage_key = :key)
order by c.video_id, c.ordinal
