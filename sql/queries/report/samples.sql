-- Some clips of one state, drawn at random by the run's id: the same every time.
with drawn as materialized (
    select c.clip_id, c.video_id, c.reason
    from catalog.clip_state(:run) c
    where c.state = :state
    order by md5(:run || c.clip_id::text)
    limit :count
)
select s.clip_id, s.reason, v.path, v.uri, d.info, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den,
       p.start_s, p.duration_s, b.x_px, b.y_px, b.width_px, b.height_px,
       r.score, r.value, r.min_value, r.max_value, r.because
from drawn s
join catalog.clip p on p.clip_id = s.clip_id
join catalog.video d on d.video_id = s.video_id
join catalog.run_video v on v.run_id = :run and v.video_id = s.video_id
join catalog.run_key k on k.run_id = :run and k.name = 'crop'
left join catalog.crop_box b on b.stage_key = k.stage_key and b.clip_id = s.clip_id
left join lateral (
    select e.* from catalog.decision e
    where e.run_id = :run and e.clip_id = s.clip_id and e.rule = s.reason
    order by e.side is null
    limit 1
) r on true
order by md5(:run || s.clip_id::text)
