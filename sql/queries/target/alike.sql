-- Videos, not among those in question, of which a clip is alike with one of theirs: the likest first.
select o.video_id, max(n.similarity) as similarity, count(*) over () as videos,
       (select min(l.path) from catalog.video_location l where l.video_id = o.video_id) as path
from pg_temp.target_video t
join catalog.clip c on c.video_id = t.video_id and (cast(:clip as uuid) is null or c.clip_id = :clip)
cross join lateral (
    select p.clip_b as clip_id, p.similarity from catalog.pair p where p.clip_a = c.clip_id
    union all
    select p.clip_a, p.similarity from catalog.pair p where p.clip_b = c.clip_id
) n
join catalog.clip o on o.clip_id = n.clip_id
where n.similarity >= :similarity
  and o.video_id not in (select video_id from pg_temp.target_video)
group by o.video_id
order by max(n.similarity) desc, o.video_id
limit :limit
