-- Clips that the scores so far let through, or all with a box where the recipe says so, and that embed has not finished.
-- What judging has just found in this transaction lies in temporary tables.
select c.clip_id as subject_id, c.duration_s as seconds
from catalog.run u
join catalog.recipe e on e.recipe_hash = u.recipe_hash
join catalog.run_clip c on c.run_id = u.run_id
join catalog.run_key k on k.run_id = u.run_id and k.name = 'embed'
join catalog.run_key crop on crop.run_id = u.run_id and crop.name = 'crop'
where u.run_id = :run
  and (
      exists (
          select from pg_temp.found_clip f
          join pg_temp.found_verdict v
              on v.failed = f.failed and v.missing = f.missing and v.later = f.later and v.source = f.source
          where f.clip_id = c.clip_id and v.outcome = 'keep'
      )
      or (
          (e.body -> 'embed' ->> 'score_all')::boolean
          and exists (select from catalog.crop_box b where b.clip_id = c.clip_id and b.stage_key = crop.stage_key)
      )
  )
  and catalog.unembedded(u.run_id, c.clip_id) is not null
  and not exists (
      select from catalog.failure_open f where f.subject_id = c.clip_id and f.stage_key = k.stage_key
  )
  and not exists (
      select from catalog.reservation r
      where r.subject_id = c.clip_id and r.stage_key = any(cast(:keys as uuid[]))
        and r.expires_at > now() and r.run_id <> u.run_id
  )
order by c.video_id, c.ordinal
