-- A clip as its video was cut by a run, with what lies before and after it.
select c.clip_id, c.video_id, c.start_pts, c.end_pts, c.time_base_num, c.time_base_den, c.start_s, c.duration_s,
       s.ordinal, s.start_frame, s.end_frame, c.stage_run_id,
       before.reason as before, before.clip_id as clip_before, after.reason as after, after.clip_id as clip_after
from catalog.clip c
join catalog.run_key k on k.run_id = :run and k.name = 'split'
left join catalog.span s on s.clip_id = c.clip_id and s.stage_key = k.stage_key
left join catalog.span before
    on before.stage_key = s.stage_key and before.video_id = s.video_id and before.ordinal = s.ordinal - 1
left join catalog.span after
    on after.stage_key = s.stage_key and after.video_id = s.video_id and after.ordinal = s.ordinal + 1
where c.clip_id = :clip
