-- What hangs on a source, a video, a clip or a shard: for lineage and for takedowns. Found from the videos in question,
-- which are few where clips are a million.

create or replace function catalog.gather_target(of_subject text, of_id uuid) returns bigint
language plpgsql volatile
set client_min_messages = warning
as $$
declare
    videos bigint;
begin
    drop table if exists pg_temp.target_video;
    create temp table target_video on commit drop as
    select distinct l.video_id from catalog.video_location l where of_subject = 'source' and l.source_id = of_id
    union
    select v.video_id from catalog.video v where of_subject = 'video' and v.video_id = of_id
    union
    select c.video_id from catalog.clip c where of_subject = 'clip' and c.clip_id = of_id
    union
    select c.video_id from catalog.shard_member m join catalog.clip c on c.clip_id = m.clip_id
    where of_subject = 'shard' and m.shard_id = of_id;
    create unique index on pg_temp.target_video (video_id);
    analyze pg_temp.target_video;
    select count(*) into videos from pg_temp.target_video;
    return videos;
end
$$;
comment on function catalog.gather_target is
    'puts into the temporary table target_video the videos that something is, or that it comes from; how many';
