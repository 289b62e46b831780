-- The newest run that sees a clip: it splits as the clip was split, and takes from a source where its video lies.
select u.run_id
from catalog.span s
join catalog.run_key k on k.stage_key = s.stage_key and k.name = 'split'
join catalog.run u on u.run_id = k.run_id
where s.clip_id = :clip
  and exists (
      select from catalog.run_source rs
      join catalog.video_location l on l.source_id = rs.source_id
      where rs.run_id = u.run_id and l.video_id = s.video_id
  )
order by u.dag = 'curate' desc, u.started_at desc
limit 1
