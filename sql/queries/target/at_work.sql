-- Runs that work on it just now, or that are about to publish a dataset that has it. A publishing that does not say how it
-- ended is given an hour.
select r.run_id, 'works on it' as what
from catalog.reservation r
left join catalog.clip c on c.clip_id = r.subject_id
where r.expires_at > now()
  and (
      r.subject_id in (select video_id from pg_temp.target_video)
      or (c.video_id in (select video_id from pg_temp.target_video)
          and (cast(:clip as uuid) is null or c.clip_id = :clip))
  )
union
select s.run_id, 'is publishing'
from catalog.stage_run s
join catalog.run u on u.run_id = s.run_id
join catalog.run_dataset d on d.run_id = u.run_id
where s.stage = 'publish' and s.ended_at is null and u.closed_at is null and s.started_at > now() - interval '1 hour'
  and d.dataset_id = any(cast(:datasets as uuid[]))
  and not exists (
      select from catalog.stage_run n
      where n.run_id = s.run_id and n.stage = s.stage and n.started_at > s.started_at
  )
order by 1
