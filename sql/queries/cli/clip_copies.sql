-- The clips that are alike with one, the nearest first: whether they count as copies under the run's policy, and what
-- makes the better of two the better one.
select
    o.clip_id, n.similarity, v.path, o.start_s, o.duration_s, o.video_id = c.video_id as is_same_video,
    n.similarity >= case when o.video_id = c.video_id then l.same_video else l.similarity end as is_copy,
    case when o.video_id = c.video_id then l.same_video else l.similarity end as limit_similarity,
    s.state, s.reason,
    mine.area_px, mine.bits_per_pixel, mine.modified_at,
    its.area_px as other_area_px, its.bits_per_pixel as other_bits_per_pixel, its.modified_at as other_modified_at
from catalog.run u
join catalog.clip c on c.clip_id = :clip
cross join lateral catalog.alike(u.run_id, c.clip_id) n
join catalog.clip o on o.clip_id = n.clip_id
cross join lateral catalog.clip_rank(u.run_id, c.clip_id) mine
cross join lateral catalog.clip_rank(u.run_id, o.clip_id) its
left join catalog.duplicate_limit l on l.run_id = u.run_id
left join catalog.run_video v on v.run_id = u.run_id and v.video_id = o.video_id
left join lateral (
    select s.state, s.reason from catalog.clip_state(u.run_id) s
    where s.video_id = o.video_id and s.clip_id = o.clip_id
) s on true
where u.run_id = :run
order by n.similarity desc, o.clip_id
limit :count
