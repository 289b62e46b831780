-- How the clips of a run spread over each score: counts per bin between the 1st and the 99th percentile, widened to
-- show every threshold; what lies beyond counts into the outermost bins. No axis leaves the limits of its score.
with measured as materialized (
    select n.key as score, n.value::double precision as value
    from catalog.run_clip c
    join catalog.run_key k on k.run_id = c.run_id and k.stage in ('filter', 'embed', 'validate', 'caption') and k.name like '%.%'
    join catalog.score s on s.stage_key = k.stage_key and s.clip_id = c.clip_id
    cross join lateral jsonb_each(s.numbers) as n
    where c.run_id = :run
),
threshold as (
    select score, min(least(low, high)) as low, max(greatest(low, high)) as high, max(low) as least, min(high) as most
    from jsonb_to_recordset(cast(:thresholds as jsonb)) as t(score text, low double precision, high double precision)
    group by score
),
spread as (
    select m.score, count(*) as clips, min(m.value) as smallest, max(m.value) as largest,
           percentile_disc(0.5) within group (order by m.value) as median,
           least(percentile_disc(0.01) within group (order by m.value), min(t.low)) as low,
           greatest(percentile_disc(0.99) within group (order by m.value), max(t.high)) as high
    from measured m
    left join threshold t on t.score = m.score
    group by m.score
),
axis as (
    select score, clips, smallest, largest, median,
           greatest(low - margin, (l.value ->> 0)::double precision) as low,
           least(high + margin, (l.value ->> 1)::double precision) as high
    from spread
    left join jsonb_each(cast(:limits as jsonb)) as l on l.key = score
    cross join lateral (
        select case when high > low then (high - low) * 0.04 else greatest(abs(low) * 0.1, 0.1) end as margin
    ) m
)
select a.score, a.clips, a.smallest, a.largest, a.median, a.low, a.high,
       greatest(1, least(cast(:bins as int), width_bucket(m.value, a.low, a.high, :bins))) - 1 as bin,
       count(*) as in_bin,
       count(*) filter (where not catalog.passes(m.value, t.least, t.most)) as outside
from measured m
join axis a on a.score = m.score
left join threshold t on t.score = m.score
group by 1, 2, 3, 4, 5, 6, 7, 8
order by a.score, bin
