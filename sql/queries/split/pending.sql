-- Videos of the batch that have not been split under this key and are not quarantined.
select v.video_id, v.uri, d.info
from catalog.batch_member m
join catalog.run_video v on v.run_id = :run and v.video_id = m.subject_id
join catalog.video d on d.video_id = v.video_id and d.info is not null
where m.batch_id = :batch
  and v.video_id not in (select b.subject_id from catalog.run_blocked(:run) b)
  and not exists (select from catalog.split_output o where o.video_id = v.video_id and o.stage_key = :key)
  and not exists (select from catalog.failure_open f where f.subject_id = v.video_id and f.stage_key = :key)
