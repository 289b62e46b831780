-- The newest run that sees a video.
select u.run_id
from catalog.video_location l
join catalog.run_source rs on rs.source_id = l.source_id
join catalog.run u on u.run_id = rs.run_id
where l.video_id = :video
order by u.dag = 'curate' desc, u.started_at desc
limit 1
