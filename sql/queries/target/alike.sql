-- Videos, not among those in question, of which a clip is alike with one of theirs: the likest first.
select o.video_id, max(n.similarity) as similarity, count(*) over () as videos,
       (select min(l.path) from catalog.video_location l where l.video_id = o.video_id) as path
from pg_temp.target_clip c
join (
    select p.clip_a as clip_id, p.clip_b as other_id, p.similarity from catalog.pair p where p.similarity >= :similarity
    union all
    select p.clip_b, p.clip_a, p.similarity from catalog.pair p where p.similarity >= :similarity
) n on n.clip_id = c.clip_id
join catalog.clip o on o.clip_id = n.other_id
where o.video_id not in (select video_id from pg_temp.target_video)
group by o.video_id
order by max(n.similarity) desc, o.video_id
limit :limit
