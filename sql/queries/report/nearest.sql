-- The clips of a run whose scores come closest to each bound, on the side that fails and on the side that passes.
with bound as (
    select b.*, case when b.is_min then 1 else -1 end as way, k.stage_key
    from jsonb_to_recordset(cast(:bounds as jsonb))
        as b(place int, score text, scorer text, bound double precision, is_min boolean)
    join catalog.run_scorer k on k.run_id = :run and k.scorer = b.scorer
),
near as materialized (
    select b.place, b.score, b.way, n.*
    from bound b
    cross join lateral (
        with number as (
            select s.clip_id, c.video_id, x.value, (x.value - b.bound) * b.way as margin
            from catalog.score s
            join catalog.usable_clip(:run) c on c.clip_id = s.clip_id
            cross join lateral (select (s.numbers ->> b.score)::double precision as value) x
            where s.stage_key = b.stage_key and x.value is not null
        )
        (select *, false as passes from number where margin < 0 order by margin desc, clip_id limit :count)
        union all
        (select *, true from number where margin >= 0 order by margin, clip_id limit :count)
    ) n
)
select n.place, n.passes, n.value, n.clip_id, null as reason, v.path, v.uri, d.info, p.start_pts, p.end_pts,
       p.time_base_num, p.time_base_den, p.start_s, p.duration_s, b.x_px, b.y_px, b.width_px, b.height_px
from near n
join catalog.clip p on p.clip_id = n.clip_id
join catalog.video d on d.video_id = n.video_id
join catalog.run_video v on v.run_id = :run and v.video_id = n.video_id
join catalog.run_key k on k.run_id = :run and k.name = 'crop'
left join catalog.crop_box b on b.stage_key = k.stage_key and b.clip_id = n.clip_id
order by n.place, n.value, n.clip_id
