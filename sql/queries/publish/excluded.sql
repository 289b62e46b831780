-- What the run keeps and its dataset leaves out, with the reason; and what it would keep and may not use, also where a
-- purge has removed its encode. What people said when they took a clip down is not for a dataset's readers.
select x.clip_id, x.reason, x.detail, r.duration_s, p.video_id
from catalog.exclusion_current x
join catalog.run_key k on k.run_id = :run and k.name = 'transcode'
join catalog.rendition r on r.stage_key = k.stage_key and r.clip_id = x.clip_id
join catalog.clip p on p.clip_id = x.clip_id
where x.dataset_id = :dataset
  and exists (select from catalog.run_survivor v where v.run_id = :run and v.clip_id = x.clip_id)
union all
select c.clip_id, b.reason, case when b.reason = 'rights' then b.detail end,
       coalesce(r.duration_s, c.duration_s), c.video_id
from catalog.run u
join catalog.run_blocked(:run) b on true
cross join lateral (
    select c.clip_id, c.video_id, c.duration_s from catalog.clip c where c.clip_id = b.subject_id
    union all
    select c.clip_id, c.video_id, c.duration_s from catalog.clip c
    where c.video_id = b.subject_id and c.clip_id not in (select t.subject_id from catalog.takedown t)
) c
join catalog.run_clip o on o.run_id = u.run_id and o.clip_id = c.clip_id
join catalog.run_key k on k.run_id = u.run_id and k.name = 'transcode'
left join catalog.rendition r on r.stage_key = k.stage_key and r.clip_id = c.clip_id
where u.run_id = :run
  and (
      r.clip_id is not null
      or exists (
          select from catalog.takedown_object n
          where n.kind = 'rendition' and n.clip_id = c.clip_id and n.removed_at is not null
      )
  )
  and 'keep' = (select d.outcome from catalog.verdict_of(u.policy_hash, u.basis, c.clip_id) d)
order by clip_id
