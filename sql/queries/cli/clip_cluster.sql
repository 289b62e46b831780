-- Where a clip stands among its copies: which clip is kept in its place, and how many it stands for itself.
select m.representative_id, m.similarity,
       (
           select count(*) from catalog.cluster_current o
           where o.cluster_key = u.cluster_key and o.representative_id = m.clip_id and o.clip_id <> m.clip_id
       ) as stands_for
from catalog.run u
join catalog.cluster_current m on m.cluster_key = u.cluster_key and m.clip_id = :clip
where u.run_id = :run
