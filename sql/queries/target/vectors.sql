-- The files that hold vectors of the clips, and how many each holds.
select v.store_url, v.object_key, v.vectors, count(*) over () as files, sum(v.vectors) over () as all_vectors
from pg_temp.target_vector v
order by v.store_url, v.object_key
limit :limit
