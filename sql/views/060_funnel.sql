-- The funnel: what went into every stage of a run, what came out, and where the rest is.
-- `in` and `out` are counted from the tables themselves and the rest from the states of files and clips, so that
-- in = out + rest is something to check and not something true by construction.

create or replace function catalog.clip_packed(of_run text)
returns table (clip_id uuid, is_published boolean)
language sql stable as $$
    with place as (
        select u.run_id, d.dataset_id, transcode.stage_key,
               (select max(v.version) from catalog.dataset_version v where v.dataset_id = d.dataset_id) as version
        from catalog.run u
        join catalog.run_dataset d on d.run_id = u.run_id
        join catalog.run_key transcode on transcode.run_id = u.run_id and transcode.name = 'transcode'
        where u.run_id = of_run
    )
    select m.clip_id, bool_or(v.shard_id is not null and t.clip_id is null)
    from place p
    join catalog.shard s on s.dataset_id = p.dataset_id
    join catalog.shard_member m on m.shard_id = s.shard_id and m.rendition_key = p.stage_key
        and m.caption_id is not distinct from catalog.caption_of(p.run_id, m.clip_id)
    left join catalog.shard_retirement x on x.shard_id = s.shard_id
    left join catalog.dataset_version_shard v
        on v.dataset_id = p.dataset_id and v.version = p.version and v.shard_id = s.shard_id
    left join catalog.tombstone t
        on t.dataset_id = p.dataset_id and t.version = p.version and t.shard_id = s.shard_id and t.clip_id = m.clip_id
    where x.shard_id is null or v.shard_id is not null
    group by m.clip_id
$$;
comment on function catalog.clip_packed is 'clips of a run that lie in a shard, and whether the newest version has them';

create or replace function catalog.funnel(of_run text)
returns table (
    line int, stage text, unit text, flow text, reason text, things bigint, seconds double precision
)
language sql stable as $$
    with files as materialized (
        select f.state, f.reason, f.duration_s, v.info is not null as is_readable
        from catalog.video_state(of_run) f
        join catalog.video v on v.video_id = f.video_id
    ),
    readable as materialized (
        select v.video_id, o.video_id is not null as is_split, coalesce(o.duration_s, d.duration_s, 0) as duration_s
        from catalog.run_video v
        join catalog.video d on d.video_id = v.video_id and d.info is not null
        join catalog.run_key k on k.run_id = v.run_id and k.name = 'split'
        left join catalog.split_output o on o.video_id = v.video_id and o.stage_key = k.stage_key
        where v.run_id = of_run
    ),
    spans as materialized (
        select s.reason, s.duration_s
        from catalog.run_video v
        join catalog.run_key k on k.run_id = v.run_id and k.name = 'split'
        join catalog.span s on s.video_id = v.video_id and s.stage_key = k.stage_key
        where v.run_id = of_run
    ),
    clips as materialized (
        select c.state, c.reason, c.stage, c.duration_s, p.clip_id is not null as is_packed, p.is_published
        from catalog.clip_state(of_run) c
        left join catalog.clip_packed(of_run) p on p.clip_id = c.clip_id
    ),
    boxed as (
        select c.duration_s
        from catalog.run_clip c
        join catalog.run_key k on k.run_id = c.run_id and k.name = 'crop'
        join catalog.crop_box b on b.clip_id = c.clip_id and b.stage_key = k.stage_key
        where c.run_id = of_run
    ),
    judged as materialized (
        select c.duration_s, r.clip_id is not null as is_encoded,
               (d.outcome = 'keep' or x.stage in ('validate', 'caption')) is true
                   and catalog.unembedded(u.run_id, c.clip_id) is null as is_embedded,
               (x.stage in ('validate', 'caption')) is true
                   or (
                       catalog.is_compared(u.run_id, c.clip_id)
                       and coalesce(catalog.representative(u.cluster_key, c.clip_id), c.clip_id) = c.clip_id
                   ) as is_best,
               (d.outcome = 'keep' or x.stage = 'caption') is true
                   and catalog.is_validated(u.run_id, c.clip_id) as is_validated,
               d.outcome is not distinct from 'keep' and catalog.is_validated(u.run_id, c.clip_id)
                   and catalog.is_captioned(u.run_id, c.clip_id) as is_captioned,
               case
                   when d.outcome = 'keep' then true
                   when a.later = 0 and a.last = 0 then false
                   when d.outcome is null then a.later <> 0 and catalog.is_filtered(u.run_id, c.clip_id)
                   else x.stage in ('embed', 'validate', 'caption')
               end as is_let_through
        from catalog.run u
        -- What may not be used ends at filter, or at crop where it has no box.
        join catalog.usable_clip(of_run) c on c.run_id = u.run_id
        join catalog.run_key k on k.run_id = u.run_id and k.name = 'transcode'
        cross join lateral catalog.policy_needs(u.run_id, u.policy_hash) a
        left join catalog.rendition r on r.clip_id = c.clip_id and r.stage_key = k.stage_key
        left join lateral catalog.verdict_of(u.policy_hash, u.basis, c.clip_id) d on true
        cross join lateral (
            select case
                when d.outcome <> 'keep' and (a.later <> 0 or a.last <> 0) then catalog.stopped_at(
                    u.run_id, u.policy_hash, c.clip_id, d.failed_rules || d.unmeasured_rules
                )
            end as stage
        ) x
        where u.run_id = of_run
    ),
    flows as (
        select 1 as line, 'ingest' as stage, 'files' as unit, 'in' as flow, null as reason,
               coalesce(o.duration_s, v.duration_s, 0) as s
        from catalog.run_source rs
        join catalog.location_current l on l.source_id = rs.source_id
        join catalog.video v on v.video_id = l.video_id
        join catalog.run_key k on k.run_id = rs.run_id and k.name = 'split'
        left join catalog.split_output o on o.video_id = v.video_id and o.stage_key = k.stage_key
        where rs.run_id = of_run
        union all
        select 1, 'ingest', 'files', 'out', null, duration_s from readable
        union all
        select 1, 'ingest', 'files', state, case when state = 'failed' then reason end, duration_s
        from files where state = 'duplicate_file' or not is_readable

        union all
        select 2, 'split', 'files', 'in', null, duration_s from readable
        union all
        select 2, 'split', 'files', 'out', null, duration_s from readable where is_split
        union all
        select 2, 'split', 'files', state, reason, duration_s
        from files where state in ('failed', 'excluded', 'pending') and is_readable

        union all
        select 3, 'split', 'spans', 'in', null, duration_s from spans
        union all
        select 3, 'split', 'spans', 'out', null, duration_s from spans where reason is null
        union all
        select 3, 'split', 'spans', 'set_aside', reason, duration_s from spans where reason is not null

        union all
        select 4, 'crop', 'clips', 'in', null, duration_s from catalog.run_clip where run_id = of_run
        union all
        select 4, 'crop', 'clips', 'out', null, duration_s from boxed
        union all
        select 5, 'filter', 'clips', 'in', null, duration_s from boxed
        union all
        select 5, 'filter', 'clips', 'out', null, duration_s from judged where is_let_through
        union all
        select 6, 'embed', 'clips', 'in', null, duration_s from judged where is_let_through
        union all
        select 6, 'embed', 'clips', 'out', null, duration_s from judged where is_embedded
        union all
        select 7, 'dedup', 'clips', 'in', null, duration_s from judged where is_embedded
        union all
        select 7, 'dedup', 'clips', 'out', null, duration_s from judged where is_embedded and is_best
        union all
        select 8, 'validate', 'clips', 'in', null, duration_s from judged where is_embedded and is_best
        union all
        select 8, 'validate', 'clips', 'out', null, duration_s from judged where is_embedded and is_best and is_validated
        union all
        select 9, 'caption', 'clips', 'in', null, duration_s from judged where is_embedded and is_best and is_validated
        union all
        select 9, 'caption', 'clips', 'out', null, duration_s from judged where is_embedded and is_best and is_captioned
        union all
        select 10, 'transcode', 'clips', 'in', null, duration_s from judged where is_embedded and is_best and is_captioned
        union all
        select 10, 'transcode', 'clips', 'out', null, duration_s
        from judged where is_embedded and is_best and is_captioned and is_encoded
        union all
        select array_position(
                   array['crop', 'filter', 'embed', 'dedup', 'validate', 'caption', 'transcode', 'shard'], stage
               ) + 3, stage,
               'clips', state, case when state <> 'pending' then reason end, duration_s
        from clips where stage is not null

        union all
        select 11, 'shard', 'clips', 'in', null, duration_s
        from judged where is_embedded and is_best and is_captioned and is_encoded
        union all
        select 11, 'shard', 'clips', case when is_packed then 'out' else 'pending' end, null, duration_s
        from clips where state = 'kept'
        union all
        select 12, 'publish', 'clips', 'in', null, duration_s from clips where state = 'kept' and is_packed
        union all
        select 12, 'publish', 'clips', case when is_published then 'out' else 'pending' end, null, duration_s
        from clips where state = 'kept' and is_packed
    )
    select line, stage, unit, flow, reason, count(*), sum(s)
    from flows
    group by line, stage, unit, flow, reason
    order by line, array_position(array['in', 'out'], flow), count(*) desc, flow, reason
$$;
comment on function catalog.funnel is 'what goes in and out of each stage of a run, and the rest by state and reason';
