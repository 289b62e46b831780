-- The pairs between clips whose clusters are settled anew.
select e.clip_a, e.clip_b, e.similarity
from pg_temp.edge e
join pg_temp.candidate a on a.clip_id = e.clip_a
join pg_temp.candidate b on b.clip_id = e.clip_b
where exists (select from pg_temp.touched t where t.clip_id = e.clip_a)
