-- Clips of the batch that have no captions under this key, with what filter measured of them, and, where others were asked
-- for, the windows that they had: which of them stand, and the flags for which the rest does not.
select c.clip_id, c.video_id, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den, v.uri, d.info,
       b.x_px, b.y_px, b.width_px, b.height_px, to_jsonb(l) -> 'metadata' as metadata,
       (
           select jsonb_object_agg(n.score, n.value)
           from catalog.score_number n
           where n.clip_id = c.clip_id and n.stage_key = any(cast(:filter_keys as uuid[]))
       ) as scores,
       (
           select jsonb_agg(
               to_jsonb(w) || jsonb_build_object('stands', not catalog.has_flag(w, a.released_for), 'faults', a.released_for)
               order by w.ordinal
           )
           from catalog.awaited_caption a
           join catalog.caption_window w on w.caption_id = a.caption_id
           where a.stage_key = :key and a.clip_id = c.clip_id and a.released_for is not null
       ) as had
from catalog.batch_member m
join catalog.run_clip c on c.run_id = :run and c.clip_id = m.subject_id
join catalog.clip p on p.clip_id = c.clip_id
join catalog.run_video v on v.run_id = :run and v.video_id = c.video_id
join catalog.video_location l on l.location_id = v.location_id
join catalog.video d on d.video_id = c.video_id
join catalog.crop_box b on b.clip_id = c.clip_id and b.stage_key = :crop_key
where m.batch_id = :batch
  and not exists (
      select from catalog.caption n where n.clip_id = c.clip_id and n.stage_key = :key and n.released_at is null
  )
  and not exists (select from catalog.failure_open f where f.subject_id = c.clip_id and f.stage_key = :key)
order by c.video_id, c.ordinal
