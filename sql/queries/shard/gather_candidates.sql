-- The clips that quotas choose among, best first, into a temporary table.
create temp table candidate on commit drop as
select v.clip_id, p.cell, v.source, v.video_id, v.duration_s, q.quality, cast(null as text) as detail
from catalog.rendition r
cross join lateral (
    select v.clip_id, v.source, v.video_id, v.duration_s from catalog.run_survivor v
    where v.run_id = :run and v.clip_id = r.clip_id limit 1
) v
join catalog.placement p on p.stage_key = :place and p.clip_id = v.clip_id and p.cell is not null
left join lateral (
    select n.value as quality
    from catalog.run_key k
    join catalog.score_number n on n.stage_key = k.stage_key and n.clip_id = v.clip_id and n.score = :quality
    where k.run_id = :run and k.name = :scorer
) q on true
where r.stage_key = :key
