-- How these videos stand under a run, with how many clips they were cut into.
select v.video_id, v.path, s.name as source, v.state, v.reason, v.message, v.duration_s,
       (select count(*) from catalog.run_clip c where c.run_id = :run and c.video_id = v.video_id) as clips
from catalog.video_state(:run) v
join catalog.source s on s.source_id = v.source_id
where v.video_id = any(cast(:videos as uuid[])) and v.state <> 'duplicate_file'
order by v.path
limit :limit
