-- Open failures of what a batch holds, of the clips of its videos, and of what its stages came upon.
select f.stage, f.kind, f.message, f.tries, v.path, c.start_s
from catalog.failure_open f
left join catalog.clip c on c.clip_id = f.subject_id
join catalog.run_video v on v.run_id = :run and v.video_id = coalesce(c.video_id, f.subject_id)
where f.stage_key in (select k.stage_key from catalog.run_key k where k.run_id = :run)
  and (
      f.subject_id = any(cast(:subjects as uuid[]))
      or c.video_id = any(cast(:subjects as uuid[]))
      or f.stage_run_id in (select t.stage_run_id from catalog.stage_run t where t.batch_id = :batch)
  )
order by f.stage, f.kind, v.path, c.start_s
limit :limit
