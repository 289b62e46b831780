-- Split videos whose spans do not add up to what decodes, within one frame: there should be none.
select v.path, o.duration_s, sum(s.duration_s) as spans_s
from catalog.run_video v
join catalog.run_key k on k.run_id = v.run_id and k.name = 'split'
join catalog.split_output o on o.video_id = v.video_id and o.stage_key = k.stage_key
left join catalog.span s on s.video_id = o.video_id and s.stage_key = o.stage_key
where v.run_id = :run
group by v.path, o.video_id, o.duration_s, o.frame_count
having abs(coalesce(sum(s.duration_s), 0) - o.duration_s) > o.duration_s / greatest(o.frame_count, 1) + 1e-6
order by v.path
