-- The files that a batch of ingest looked at, and how they stand now.
select v.path, s.name as source, v.state, v.reason, v.message, v.duration_s,
       (select count(*) from catalog.run_clip c where c.run_id = :run and c.video_id = v.video_id) as clips
from catalog.stage_run t
join catalog.video_location l on l.stage_run_id = t.stage_run_id
join catalog.video_state(:run) v on v.location_id = l.location_id
join catalog.source s on s.source_id = v.source_id
where t.batch_id = :batch
order by v.path
limit :limit
