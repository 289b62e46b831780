-- Clips to embed that are nobody's work yet, without those that will be given the vector of the same footage.
select c.clip_id as subject_id, c.duration_s as seconds
from pg_temp.to_embed t
join catalog.run_clip c on c.run_id = :run and c.clip_id = t.clip_id
where not exists (select from catalog.outside_window(:run) w where w.video_id = c.video_id)
  and not exists (select from catalog.same_footage s where s.run_id = c.run_id and s.clip_id = c.clip_id)
  and not exists (
      select from catalog.reservation r
      where r.subject_id = c.clip_id and r.stage_key = any(cast(:keys as uuid[]))
        and r.expires_at > now() and r.run_id <> c.run_id
  )
order by c.video_id, c.ordinal
