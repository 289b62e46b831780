-- What a run sees: the videos of its recipe's sources, the clips of its recipe's split key, and the dataset that it makes.

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

create or replace function catalog.outside_window(of_run text) returns table (video_id uuid)
language sql stable as $$
    select v.video_id
    from catalog.run u
    join catalog.run_video v on v.run_id = u.run_id
    where u.run_id = of_run
      and (u.window_from is not null or u.window_to is not null)
      and not exists (
          select from catalog.window_video w where w.run_id = of_run and w.video_id = v.video_id
      )
$$;
comment on function catalog.outside_window is 'the videos that a run with a window leaves to other runs; none where it has no window';

create or replace view catalog.run_dataset as
select u.run_id, d.dataset_id
from catalog.run u
join catalog.recipe r on r.recipe_hash = u.recipe_hash
join catalog.dataset d on d.name = r.body ->> 'dataset' and d.store_url = r.body ->> 'output';
comment on view catalog.run_dataset is 'the dataset that a run''s recipe makes';
