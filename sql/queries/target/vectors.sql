-- The files that hold vectors of the clips, and how many each holds.
select e.store_url, e.object_key, count(*) as vectors, count(*) over () as files, sum(count(*)) over () as all_vectors
from catalog.embedding e
join pg_temp.target_clip c on c.clip_id = coalesce(e.copied_from, e.clip_id)
group by e.store_url, e.object_key
order by e.store_url, e.object_key
limit :limit
