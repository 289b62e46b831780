-- The clips that show the same footage as another, those first whose vector serves best.
select f.clip_id
from pg_temp.footage f
where exists (select from pg_temp.footage_pair p where f.clip_id in (p.leader_id, p.clip_id))
order by f.place
