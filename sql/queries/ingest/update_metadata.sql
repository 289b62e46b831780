-- The user's own columns, where they have changed since they were told.
update catalog.video_location l
set metadata = n.metadata
from jsonb_to_recordset(cast(:rows as jsonb)) as n(location_id uuid, metadata jsonb)
where l.location_id = n.location_id and l.metadata is distinct from n.metadata
