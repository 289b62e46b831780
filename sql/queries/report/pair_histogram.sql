-- How the pairs of clips that a run's policy keeps spread over their similarity, from the lowest that is recorded on;
-- those of one video apart. Of clips that have one vector, being of the same footage, one is counted.
with clip as materialized (
    select distinct on (coalesce(e.copied_from, c.clip_id)) coalesce(e.copied_from, c.clip_id) as vector_id, c.video_id
    from catalog.run u
    join catalog.usable_clip(:run) c on c.run_id = u.run_id
    join catalog.verdict_current d
        on d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = c.clip_id and d.outcome = 'keep'
    left join catalog.run_key k on k.run_id = u.run_id and k.name = 'embed.embedding'
    left join catalog.embedding e on e.stage_key = k.stage_key and e.clip_id = c.clip_id
    where u.run_id = :run
    order by coalesce(e.copied_from, c.clip_id), c.clip_id
),
paired as materialized (
    select a.video_id = b.video_id as is_same_video, p.similarity::double precision as value
    from catalog.run_key k
    join catalog.pair p on p.stage_key = k.stage_key
    join clip a on a.vector_id = p.clip_a
    join clip b on b.vector_id = p.clip_b
    where k.run_id = :run and k.name = 'dedup'
),
spread as (
    select is_same_video, count(*) as clips, min(value) as smallest, max(value) as largest,
           percentile_disc(0.5) within group (order by value) as median
    from paired
    group by is_same_video
)
select p.is_same_video, s.clips, s.smallest, s.largest, s.median, a.low, a.high,
       greatest(1, least(cast(:bins as int), width_bucket(p.value, a.low, a.high, :bins))) - 1 as bin,
       count(*) as in_bin,
       count(*) filter (
           where p.value::real >= case when p.is_same_video then cast(:same_video as real) else cast(:similarity as real) end
       ) as outside
from paired p
join spread s on s.is_same_video = p.is_same_video
cross join (values (cast(:floor as double precision), cast(:top as double precision))) as a (low, high)
group by 1, 2, 3, 4, 5, 6, 7, 8
order by p.is_same_video, bin
