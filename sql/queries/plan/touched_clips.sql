-- The clips whose clusters are settled anew, the best copy first: the larger picture, the more bits for it, the older
-- file. Those that are out of the question have no rank.
select t.clip_id, c.clip_id is not null as is_candidate, m.representative_id, m.similarity
from pg_temp.touched t
join catalog.run u on u.run_id = :run
join catalog.run_key crop on crop.run_id = u.run_id and crop.name = 'crop'
join catalog.clip p on p.clip_id = t.clip_id
join catalog.video v on v.video_id = p.video_id
left join pg_temp.candidate c on c.clip_id = t.clip_id
left join catalog.crop_box b on b.stage_key = crop.stage_key and b.clip_id = t.clip_id
left join lateral (
    select m.representative_id, m.similarity
    from catalog.cluster_member m
    where m.cluster_key = u.cluster_key and m.clip_id = t.clip_id
    order by m.sequence desc limit 1
) m on true
left join lateral (
    select min(l.modified_at) as modified_at from catalog.video_location l where l.video_id = p.video_id
) l on true
order by
    b.width_px::bigint * b.height_px desc nulls last,
    (v.info ->> 'bit_rate')::double precision
        / nullif((v.info ->> 'width_px')::double precision * (v.info ->> 'height_px')::double precision, 0)
        desc nulls last,
    l.modified_at nulls last,
    t.clip_id
