-- The clips that a run's policy sets aside as copies of better ones.
select count(*) as clips, coalesce(sum(c.duration_s), 0) as seconds
from catalog.run u
join catalog.cluster_current m on m.cluster_key = u.cluster_key and m.representative_id <> m.clip_id
join catalog.clip c on c.clip_id = m.clip_id
where u.run_id = :run
