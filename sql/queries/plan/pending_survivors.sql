-- Clips that may be used and that the policy keeps, that are compared and stand for themselves, that no model has to be asked
-- about, and that lack captions or an encode under the run's keys.
-- Verdicts are looked up clip by clip: they have just been written, and the planner knows nothing of them.
select c.clip_id as subject_id, c.duration_s as seconds
from catalog.run u
join catalog.usable_clip(:run) c on c.run_id = u.run_id
join catalog.run_key k on k.run_id = u.run_id and k.name = 'transcode'
where u.run_id = :run
  and not exists (select from catalog.outside_window(:run) w where w.video_id = c.video_id)
  and 'keep' = (select d.outcome from catalog.verdict_of(u.policy_hash, u.basis, c.clip_id) d)
  and catalog.unembedded(u.run_id, c.clip_id) is null
  and catalog.is_compared(u.run_id, c.clip_id)
  and coalesce(catalog.representative(u.cluster_key, c.clip_id), c.clip_id) = c.clip_id
  and catalog.is_validated(u.run_id, c.clip_id)
  and case
      when catalog.is_captioned(u.run_id, c.clip_id) then
          not exists (select from catalog.rendition r where r.clip_id = c.clip_id and r.stage_key = k.stage_key)
          and not exists (
              select from catalog.failure_open f where f.subject_id = c.clip_id and f.stage_key = k.stage_key
          )
      else not exists (
          select from catalog.run_key n
          join catalog.failure_open f on f.stage_key = n.stage_key and f.subject_id = c.clip_id
          where n.run_id = u.run_id and n.name = 'caption'
      )
  end
  and not exists (
      select from catalog.reservation r
      where r.subject_id = c.clip_id and r.stage_key = any(cast(:keys as uuid[]))
        and r.expires_at > now() and r.run_id <> u.run_id
  )
order by c.video_id, c.ordinal
