-- Clips that are copies of one another under a run's policy: how many such clusters there are of each size.
with cluster as (
    select count(*) as size, sum(p.duration_s) filter (where m.clip_id <> m.representative_id) as seconds
    from catalog.run u
    join catalog.cluster_current m on m.cluster_key = u.cluster_key
    join catalog.clip p on p.clip_id = m.clip_id
    where u.run_id = :run
    group by m.representative_id
    having count(*) > 1
)
select size, count(*) as clusters, sum(seconds) as seconds from cluster group by size order by size
