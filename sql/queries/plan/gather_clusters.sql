-- How many clips have to have their clusters settled anew, and the newest pair; they lie in temporary tables now.
-- Two plans that settle the same clusters at once would each miss what the other writes.
select u.cluster_key, g.clips, g.pair_sequence
from catalog.run u
cross join pg_advisory_xact_lock(hashtextextended(u.cluster_key::text, 0))
cross join lateral catalog.gather_clusters(u.run_id) g
where u.run_id = :run and u.cluster_key is not null
