-- What the run keeps and its dataset leaves out, with the reason.
select x.clip_id, x.reason, x.detail, r.duration_s, p.video_id
from catalog.exclusion_current x
join catalog.run_key k on k.run_id = :run and k.name = 'transcode'
join catalog.rendition r on r.stage_key = k.stage_key and r.clip_id = x.clip_id
join catalog.clip p on p.clip_id = x.clip_id
where x.dataset_id = :dataset
  and exists (select from catalog.run_survivor v where v.run_id = :run and v.clip_id = x.clip_id)
order by x.clip_id
