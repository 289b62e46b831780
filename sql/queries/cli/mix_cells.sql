-- Clips and seconds by cell, of what is kept, and of what is left when quotas and bins have had their say.
select cell, count(*) as clips, sum(duration_s) as seconds,
       count(*) filter (where is_left) as left_clips,
       coalesce(sum(duration_s) filter (where is_left), 0) as left_seconds
from (
    select c.cell, c.duration_s, e.clip_id is null as is_left
    from pg_temp.candidate c
    left join pg_temp.excluded e on e.clip_id = c.clip_id
    union all
    select null, r.duration_s, false
    from pg_temp.excluded e
    join catalog.rendition r on r.stage_key = cast(:key as uuid) and r.clip_id = e.clip_id
    where e.reason = 'no_bin'
) n
group by cell
order by cell nulls last
