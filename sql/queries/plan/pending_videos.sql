-- Readable videos with something left to do before judging: no split, or a clip without box or without a score.
select v.video_id as subject_id, d.duration_s as seconds
from catalog.run_video v
join catalog.video d on d.video_id = v.video_id and d.info is not null
join catalog.run u on u.run_id = v.run_id
join catalog.run_key split on split.run_id = v.run_id and split.name = 'split'
where v.run_id = :run
  and not exists (select from catalog.outside_window(:run) w where w.video_id = v.video_id)
  and v.video_id not in (select b.subject_id from catalog.run_blocked(:run) b)
  and not exists (
      select from catalog.failure_open f where f.subject_id = v.video_id and f.stage_key = split.stage_key
  )
  and not exists (
      select from catalog.reservation r
      where r.subject_id = v.video_id and r.stage_key = any(cast(:keys as uuid[]))
        and r.expires_at > now() and r.run_id <> v.run_id
  )
  and (
      not exists (
          select from catalog.split_output o where o.video_id = v.video_id and o.stage_key = split.stage_key
      )
      or v.video_id in (select video_id from catalog.clip_unmeasured(:run))
  )
order by v.seen_at, v.path
limit (select clip_limit from catalog.run where run_id = :run)
