-- The videos that a run with a window works on.
-- depends: 0012_run_params

create table catalog.window_video (
    run_id text not null references catalog.run,
    video_id uuid not null references catalog.video,
    primary key (run_id, video_id)
);
comment on table catalog.window_video is 'of a run with a window, the videos that it holds: what the run takes up; the others are left to other runs';
comment on column catalog.run.window_from is 'files from this time on are listed, and their videos taken up; null for no bound';
comment on column catalog.run.window_to is 'files before this time are listed, and their videos taken up; null for no bound';
