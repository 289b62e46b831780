-- The clips whose clusters are settled anew, the best copy first. Those that are out of the question have no vector here.
select t.clip_id, c.vector_id, p.video_id, m.representative_id, m.similarity
from pg_temp.touched t
join catalog.run u on u.run_id = :run
join catalog.clip p on p.clip_id = t.clip_id
cross join lateral catalog.clip_rank(u.run_id, t.clip_id) r
left join pg_temp.candidate c on c.clip_id = t.clip_id
left join lateral (
    select m.representative_id, m.similarity
    from catalog.cluster_member m
    where m.cluster_key = u.cluster_key and m.clip_id = t.clip_id
    order by m.sequence desc limit 1
) m on true
order by r.rank, t.clip_id
