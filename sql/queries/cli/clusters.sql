-- The clips that are copies of one another under a run's policy, the largest clusters first: of each the one that is kept,
-- then the others, the nearest first.
with copied as (
    select u.run_id, u.cluster_key, m.representative_id, count(*) as copies
    from catalog.run u
    join catalog.cluster_current m on m.cluster_key = u.cluster_key and m.clip_id <> m.representative_id
    where u.run_id = :run
    group by u.run_id, u.cluster_key, m.representative_id
    order by copies desc, m.representative_id
    limit :count
)
select o.representative_id, m.clip_id, m.similarity, v.path, c.start_s, c.duration_s,
       r.area_px, r.bits_per_pixel, r.modified_at
from copied o
join catalog.cluster_current m on m.cluster_key = o.cluster_key and m.representative_id = o.representative_id
join catalog.clip c on c.clip_id = m.clip_id
join catalog.run_video v on v.run_id = o.run_id and v.video_id = c.video_id
cross join lateral catalog.clip_rank(o.run_id, m.clip_id) r
order by o.copies desc, o.representative_id, m.clip_id <> o.representative_id, m.similarity desc, m.clip_id
