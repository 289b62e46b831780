-- How many clips have to have their clusters settled anew, the newest pair, and the limits; the clips lie in temporary tables now.
-- Two plans that settle the same clusters at once would each miss what the other writes.
select u.cluster_key, g.clips, g.pair_sequence, l.similarity, l.same_video
from catalog.run u
cross join pg_advisory_xact_lock(hashtextextended(u.cluster_key::text, 0))
cross join lateral catalog.gather_clusters(u.run_id) g
left join catalog.duplicate_limit l on l.run_id = u.run_id
where u.run_id = :run and u.cluster_key is not null
