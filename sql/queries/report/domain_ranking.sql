-- The clips of a run that are most and least like its domain, each with its place among all that have the score.
with ranked as materialized (
    select s.clip_id, c.video_id, x.value,
           row_number() over (order by x.value desc, s.clip_id) as place, count(*) over () as clips
    from catalog.run_scorer k
    join catalog.score s on s.stage_key = k.stage_key
    join catalog.usable_clip(:run) c on c.clip_id = s.clip_id
    cross join lateral (select (s.numbers ->> 'domain_similarity')::double precision as value) x
    where k.run_id = :run and k.scorer = 'domain' and x.value is not null
)
select n.place, n.clips, n.value, n.clip_id, null as reason, v.path, v.uri, d.info, p.start_pts, p.end_pts,
       p.time_base_num, p.time_base_den, p.start_s, p.duration_s, b.x_px, b.y_px, b.width_px, b.height_px
from ranked n
join catalog.clip p on p.clip_id = n.clip_id
join catalog.video d on d.video_id = n.video_id
join catalog.run_video v on v.run_id = :run and v.video_id = n.video_id
join catalog.run_key k on k.run_id = :run and k.name = 'crop'
left join catalog.crop_box b on b.stage_key = k.stage_key and b.clip_id = n.clip_id
where n.place <= :count or n.place > n.clips - :count
order by n.place
