-- What hangs on a source, a video or a clip: for lineage and for takedowns.
-- Of a source with a million clips few are kept: those of which anything was made are found from what was made.

create or replace function catalog.gather_target(of_subject text, of_id uuid) returns bigint
language plpgsql volatile
set client_min_messages = warning
as $$
declare
    videos bigint;
begin
    drop table if exists pg_temp.target_video, pg_temp.target_clip;
    create temp table target_video on commit drop as
    select distinct l.video_id from catalog.video_location l where of_subject = 'source' and l.source_id = of_id
    union
    select v.video_id from catalog.video v where of_subject = 'video' and v.video_id = of_id
    union
    select c.video_id from catalog.clip c where of_subject = 'clip' and c.clip_id = of_id;
    create unique index on pg_temp.target_video (video_id);
    analyze pg_temp.target_video;

    if of_subject = 'source' then
        create temp table target_clip on commit drop as
        select c.clip_id
        from (
            select clip_id from catalog.rendition
            union
            select clip_id from catalog.embedding
            union
            select clip_id from catalog.shard_member
        ) m
        join catalog.clip c on c.clip_id = m.clip_id
        join pg_temp.target_video v on v.video_id = c.video_id;
    else
        create temp table target_clip on commit drop as
        select c.clip_id
        from catalog.clip c
        join pg_temp.target_video v on v.video_id = c.video_id
        where of_subject = 'video' or c.clip_id = of_id;
    end if;
    create unique index on pg_temp.target_clip (clip_id);
    analyze pg_temp.target_clip;
    select count(*) into videos from pg_temp.target_video;
    return videos;
end
$$;
comment on function catalog.gather_target is
    'puts into temporary tables the videos that something is, or that it comes from, and their clips, of a source those of which anything was made; how many videos';
