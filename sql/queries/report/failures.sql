-- Open failures that concern a run: the file, and the clip's start where it is one clip that failed.
select f.stage, f.kind, f.message, f.tries, f.failed_at, f.subject_id, v.path, v.uri, c.start_s
from catalog.run_key k
join catalog.failure_open f on f.stage_key = k.stage_key
left join catalog.clip c on c.clip_id = f.subject_id
join catalog.run_video v on v.run_id = k.run_id and v.video_id = coalesce(c.video_id, f.subject_id)
where k.run_id = :run and k.name = k.stage
order by f.stage, f.kind, v.path, c.start_s
