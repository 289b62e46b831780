-- All that a takedown found, a line of JSON each: put together here, for there may be hundreds of thousands.
select jsonb_strip_nulls(to_jsonb(o) - 'takedown_id')::text as line
from catalog.takedown_object o
where o.takedown_id = :takedown
order by o.kind, o.what
