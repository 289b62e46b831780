-- Fetched files that a takedown removed and that are blocked no more: their places are listed as new, and fetched again.
delete from catalog.video_location l
using pg_temp.target_video t
where l.video_id = t.video_id and l.origin is not null
  and exists (
      select from catalog.takedown_object o
      where o.takedown_id = :takedown and o.kind = 'original' and o.what = l.uri and o.removed_at is not null
  )
  and l.video_id not in (select b.video_id from catalog.blocked_video b where b.reason = 'takedown')
