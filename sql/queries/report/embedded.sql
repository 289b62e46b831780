-- Clips of a run with the files in which their vectors lie, drawn by their ids: the same every time. A large run's come
-- from some of its files only, so that few are read. Clips that are not kept come after those that are.
with embedded as materialized (
    select c.clip_id, c.video_id, c.state = 'kept' as is_kept, e.kind, e.model, e.revision, e.dimension, e.store_url,
           e.object_key, coalesce(e.copied_from, e.clip_id) as vector_of
    from catalog.clip_state(:run) c
    join catalog.run_key k on k.run_id = :run and k.name = 'embed.embedding'
    join catalog.embedding e on e.stage_key = k.stage_key and e.clip_id = c.clip_id
    where c.state in ('kept', 'duplicate', 'dropped')
),
file as (
    select store_url, object_key from embedded
    group by store_url, object_key
    order by bool_or(is_kept) desc, md5(object_key), store_url
    limit :files
),
drawn as (
    select e.*, row_number() over (partition by e.is_kept order by e.clip_id) as place
    from embedded e
    join file f on f.store_url = e.store_url and f.object_key = e.object_key
)
select s.is_kept, s.kind, s.model, s.revision, s.dimension, s.store_url, s.object_key, s.vector_of,
       s.clip_id, null as reason, v.path, v.uri, d.info, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den,
       p.start_s, p.duration_s, b.x_px, b.y_px, b.width_px, b.height_px
from drawn s
join catalog.clip p on p.clip_id = s.clip_id
join catalog.video d on d.video_id = s.video_id
join catalog.run_video v on v.run_id = :run and v.video_id = s.video_id
join catalog.run_key k on k.run_id = :run and k.name = 'crop'
left join catalog.crop_box b on b.stage_key = k.stage_key and b.clip_id = s.clip_id
where s.place <= case when s.is_kept then :kept else :others end
order by s.is_kept desc, s.clip_id
