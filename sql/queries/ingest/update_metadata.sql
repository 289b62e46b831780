-- The user's own columns, where they have changed since they were told; not of what was taken down.
update catalog.video_location l
set metadata = n.metadata
from jsonb_to_recordset(cast(:rows as jsonb)) as n(location_id uuid, metadata jsonb)
where l.location_id = n.location_id and l.metadata is distinct from n.metadata
  and l.video_id not in (select b.video_id from catalog.blocked_video b where b.reason = 'takedown')
