-- The pairs nearest to a limit for copies: clips that are set aside with what stands for them, just above it, and pairs of
-- which neither is set aside, just below; those of one video apart. Two rows a pair, with what the clips are ranked by.
with bound (is_same_video, lowest) as (
    values (false, cast(:similarity as real)), (true, cast(:same_video as real))
),
clip as materialized (
    select c.clip_id, c.video_id, m.representative_id, m.similarity, coalesce(e.copied_from, c.clip_id) as vector_id
    from catalog.run u
    join catalog.usable_clip(:run) c on c.run_id = u.run_id
    join catalog.verdict_current d
        on d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = c.clip_id and d.outcome = 'keep'
    left join catalog.cluster_current m on m.cluster_key = u.cluster_key and m.clip_id = c.clip_id
    left join catalog.run_key k on k.run_id = u.run_id and k.name = 'embed.embedding'
    left join catalog.embedding e on e.stage_key = k.stage_key and e.clip_id = c.clip_id
    where u.run_id = :run
),
copy as (
    select a.video_id = b.video_id as is_same_video, a.similarity, b.clip_id as first, a.clip_id as second
    from clip a
    join clip b on b.clip_id = a.representative_id
    where a.clip_id <> a.representative_id
),
apart as (
    select a.video_id = b.video_id as is_same_video, p.similarity, a.clip_id as first, b.clip_id as second
    from catalog.run_key k
    join catalog.pair p on p.stage_key = k.stage_key
    join clip a on a.vector_id = p.clip_a and coalesce(a.representative_id, a.clip_id) = a.clip_id
    join clip b on b.vector_id = p.clip_b and coalesce(b.representative_id, b.clip_id) = b.clip_id
    where k.run_id = :run and k.name = 'dedup'
),
near as materialized (
    select b.is_same_video, n.*
    from bound b
    cross join lateral (
        (select true as is_copy, c.similarity, c.first, c.second from copy c
         where c.is_same_video = b.is_same_video order by c.similarity, c.second limit :count)
        union all
        (select false, a.similarity, a.first, a.second from apart a
         where a.is_same_video = b.is_same_video and a.similarity < b.lowest
         order by a.similarity desc, a.first, a.second limit :count)
    ) n
    where b.lowest is not null
)
select n.is_same_video, n.is_copy, n.similarity, n.first, n.second, s.clip_id, null as reason, v.path, v.uri, d.info,
       p.start_pts, p.end_pts, p.time_base_num, p.time_base_den, p.start_s, p.duration_s,
       b.x_px, b.y_px, b.width_px, b.height_px, r.area_px, r.bits_per_pixel, r.modified_at
from near n
cross join lateral (values (0, n.first), (1, n.second)) as s (place, clip_id)
join catalog.clip p on p.clip_id = s.clip_id
join catalog.video d on d.video_id = p.video_id
join catalog.run_video v on v.run_id = :run and v.video_id = p.video_id
join catalog.run_key k on k.run_id = :run and k.name = 'crop'
left join catalog.crop_box b on b.stage_key = k.stage_key and b.clip_id = s.clip_id
cross join lateral catalog.clip_rank(:run, s.clip_id) r
order by n.is_same_video, n.is_copy, n.similarity, n.first, n.second, s.place
