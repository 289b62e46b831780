-- How a run split a video.
select o.frame_count, o.duration_s, o.boundaries, o.stage_key, o.stage_run_id
from catalog.run_key k
join catalog.split_output o on o.stage_key = k.stage_key and o.video_id = :video
where k.run_id = :run and k.name = 'split'
