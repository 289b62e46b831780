-- What a run sees: the videos of its recipe's sources, and the clips of its recipe's split key.

create or replace view catalog.run_video as
select distinct on (rs.run_id, l.video_id)
    rs.run_id, l.video_id, l.source_id, l.uri, l.path, l.location_id, l.seen_at
from catalog.run_source rs
join catalog.location_current l on l.source_id = rs.source_id
order by rs.run_id, l.video_id, l.seen_at, l.path;
comment on view catalog.run_video is 'each video once, at the first place where it lies';

create or replace view catalog.run_clip as
select v.run_id, s.video_id, s.clip_id, s.start_s, s.duration_s, s.ordinal, v.source_id
from catalog.run_video v
join catalog.run_key k on k.run_id = v.run_id and k.name = 'split'
join catalog.span s on s.stage_key = k.stage_key and s.video_id = v.video_id
where s.clip_id is not null;
comment on view catalog.run_clip is 'the clips that a run''s recipe cuts; source_id is where their video was found first';

create or replace function catalog.in_window(of_run text, of_video uuid) returns boolean
language sql stable as $$
    select coalesce(
        (select u.window_from is null and u.window_to is null from catalog.run u where u.run_id = of_run), false
    ) or exists (select from catalog.window_video w where w.run_id = of_run and w.video_id = of_video)
$$;
comment on function catalog.in_window is 'whether a run takes up this video: all where it has no window';
