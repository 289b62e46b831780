-- Clips of the batch's videos with a box, and which scorers have not measured them yet.
select c.clip_id, c.video_id, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den, v.uri, d.info,
       b.x_px, b.y_px, b.width_px, b.height_px, missing.scorers
from catalog.batch_member m
join catalog.usable_clip(:run) c on c.video_id = m.subject_id
join catalog.clip p on p.clip_id = c.clip_id
join catalog.run_video v on v.run_id = :run and v.video_id = c.video_id
join catalog.video d on d.video_id = c.video_id
join catalog.crop_box b on b.clip_id = c.clip_id and b.stage_key = :crop_key
cross join lateral (
    select array_agg(substr(k.name, length('filter.') + 1) order by k.name) as scorers
    from catalog.run_key k
    where k.run_id = :run and k.name like 'filter.%'
      and not exists (select from catalog.score s where s.clip_id = c.clip_id and s.stage_key = k.stage_key)
) missing
where m.batch_id = :batch and missing.scorers is not null
  and not exists (select from catalog.failure_open f where f.subject_id = c.clip_id and f.stage_key = :key)
order by c.video_id, c.ordinal
