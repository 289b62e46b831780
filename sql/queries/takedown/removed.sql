-- What was removed just now.
update catalog.takedown_object o
set removed_at = now()
from unnest(cast(:whats as text[])) as gone(what)
where o.takedown_id = :takedown and o.kind = :kind and o.what = gone.what and o.removed_at is null
