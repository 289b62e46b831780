-- What hangs on a source, a video or a clip: for lineage and for takedowns.
-- Of a source with a million clips few are kept: those of which anything was made are found from what was made.

create or replace function catalog.gather_target(of_subject text, of_id uuid) returns bigint
language plpgsql volatile
set client_min_messages = warning
as $$
declare
    videos bigint;
begin
    drop table if exists pg_temp.target_video, pg_temp.target_clip, pg_temp.target_vector, pg_temp.target_shard,
        pg_temp.target_version;
    create temp table target_video on commit drop as
    select distinct l.video_id from catalog.video_location l where of_subject = 'source' and l.source_id = of_id
    union
    select v.video_id from catalog.video v where of_subject = 'video' and v.video_id = of_id
    union
    select c.video_id from catalog.clip c where of_subject = 'clip' and c.clip_id = of_id;
    create unique index on pg_temp.target_video (video_id);
    analyze pg_temp.target_video;

    if of_subject = 'source' then
        -- Without a temporary table, so that several processes may read the clips.
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
        where c.video_id in (select l.video_id from catalog.video_location l where l.source_id = of_id);
    else
        create temp table target_clip on commit drop as
        select c.clip_id
        from catalog.clip c
        join pg_temp.target_video v on v.video_id = c.video_id
        where of_subject = 'video' or c.clip_id = of_id;
    end if;
    create unique index on pg_temp.target_clip (clip_id);
    analyze pg_temp.target_clip;

    -- Vectors that were lent go with their owner's.
    create temp table target_vector on commit drop as
    select e.store_url, e.object_key, count(*) as vectors
    from (
        select e.store_url, e.object_key
        from pg_temp.target_clip c
        join catalog.embedding e on e.clip_id = c.clip_id and e.copied_from is null
        union all
        select e.store_url, e.object_key
        from pg_temp.target_clip c
        join catalog.embedding e on e.copied_from = c.clip_id
    ) e
    group by e.store_url, e.object_key;

    -- Versions are counted by their shards: a clip lies in as many versions as its shard, which may be hundreds.
    create temp table target_shard on commit drop as
    select m.shard_id, count(*) as clips
    from pg_temp.target_clip c
    join catalog.shard_member m on m.clip_id = c.clip_id
    group by m.shard_id;
    create unique index on pg_temp.target_shard (shard_id);
    analyze pg_temp.target_shard;

    create temp table target_version on commit drop as
    with packed as (
        select h.dataset_id, h.version, sum(s.clips) as clips
        from pg_temp.target_shard s
        join catalog.dataset_version_shard h on h.shard_id = s.shard_id
        group by h.dataset_id, h.version
    ),
    dead as (
        select h.dataset_id, h.version, count(*) as clips
        from pg_temp.target_shard s
        join catalog.dataset_version_shard h on h.shard_id = s.shard_id
        join catalog.tombstone t
            on t.dataset_id = h.dataset_id and t.version = h.version and t.shard_id = h.shard_id
        join pg_temp.target_clip c on c.clip_id = t.clip_id
        group by h.dataset_id, h.version
    )
    select p.dataset_id, p.version, (p.clips - coalesce(d.clips, 0))::bigint as clips
    from packed p
    left join dead d on d.dataset_id = p.dataset_id and d.version = p.version
    where p.clips > coalesce(d.clips, 0);
    select count(*) into videos from pg_temp.target_video;
    return videos;
end
$$;
comment on function catalog.gather_target is
    'puts into temporary tables the videos that something is, or that it comes from, their clips (of a source those of which anything was made), and the files of vectors, shards and published versions that hold them, with how many; how many videos';
