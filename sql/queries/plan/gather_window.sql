-- The videos of a source whose file is of the run's window, or of no time that anybody knows.
insert into catalog.window_video (run_id, video_id)
select distinct u.run_id, l.video_id
from catalog.run u
join catalog.location_current l on l.source_id = :source
where u.run_id = :run
  and (
      l.modified_at is null
      or (l.modified_at >= coalesce(u.window_from, '-infinity') and l.modified_at < coalesce(u.window_to, 'infinity'))
  )
on conflict do nothing
