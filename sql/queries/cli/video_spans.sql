-- The spans of a video under a run, in order.
select s.ordinal, s.start_frame, s.end_frame, s.start_s, s.duration_s, s.reason, s.clip_id
from catalog.run_key k
join catalog.span s on s.stage_key = k.stage_key and s.video_id = :video
where k.run_id = :run and k.name = 'split'
order by s.ordinal
