-- The pairs of vectors that clips have whose clusters are settled anew.
select e.vector_a, e.vector_b, e.similarity
from pg_temp.edge e
where e.vector_a <> e.vector_b
  and e.vector_a in (select c.vector_id from pg_temp.candidate c join pg_temp.touched t on t.clip_id = c.clip_id)
  and e.vector_b in (select c.vector_id from pg_temp.candidate c)
