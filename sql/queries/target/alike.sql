-- Videos, not among those in question, of which a clip is alike with one of theirs, or has its vector: the likest first.
with vector as materialized (
    select c.clip_id as vector_id from pg_temp.target_clip c
    union
    select e.copied_from from pg_temp.target_clip c
    join catalog.embedding e on e.clip_id = c.clip_id and e.copied_from is not null
),
near as (
    select p.clip_b as vector_id, p.similarity from catalog.pair p join vector v on v.vector_id = p.clip_a
    where p.similarity >= :similarity
    union all
    select p.clip_a, p.similarity from catalog.pair p join vector v on v.vector_id = p.clip_b
    where p.similarity >= :similarity
    union all
    select v.vector_id, 1 from vector v
),
other as (
    select n.vector_id as clip_id, n.similarity from near n
    union all
    select e.clip_id, n.similarity from near n join catalog.embedding e on e.copied_from = n.vector_id
)
select o.video_id, max(n.similarity) as similarity, count(*) over () as videos,
       (select min(l.path) from catalog.video_location l where l.video_id = o.video_id) as path
from other n
join catalog.clip o on o.clip_id = n.clip_id
where o.video_id not in (select video_id from pg_temp.target_video)
group by o.video_id
order by max(n.similarity) desc, o.video_id
limit :limit
