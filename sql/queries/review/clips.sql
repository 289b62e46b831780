-- How the clips of these videos stand under a run; where clips are named, those alone.
select c.clip_id, v.path, c.start_s, c.duration_s, c.state, c.reason, c.stage
from catalog.clip_state(:run) c
join catalog.run_video v on v.run_id = :run and v.video_id = c.video_id
where c.video_id = any(cast(:videos as uuid[]))
  and (cast(:clips as uuid[]) is null or c.clip_id = any(cast(:clips as uuid[])))
order by v.path, c.start_s
limit :limit
