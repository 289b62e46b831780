-- Every input ends in a state that says why: per file, per clip, per second.

create or replace function catalog.video_state(of_run text)
returns table (
    video_id uuid, source_id uuid, location_id uuid, path text, state text, reason text, message text,
    duration_s double precision
)
language sql stable as $$
    select
        v.video_id, l.source_id, l.location_id, l.path,
        case
            when l.location_id <> first.location_id then 'duplicate_file'
            when f.kind is not null then 'failed'
            when o.video_id is not null then 'split'
            when x.subject_id is not null then 'excluded'
            else 'pending'
        end,
        case
            when l.location_id <> first.location_id then first.path
            when f.kind is not null then f.kind
            when o.video_id is null then x.reason
        end,
        coalesce(f.message, x.detail),
        coalesce(o.duration_s, v.duration_s, 0)
    from catalog.run_source rs
    join catalog.location_current l on l.source_id = rs.source_id
    join catalog.video v on v.video_id = l.video_id
    join catalog.run_video first on first.run_id = of_run and first.video_id = v.video_id
    join catalog.run_key ingest on ingest.run_id = of_run and ingest.name = 'ingest'
    join catalog.run_key split on split.run_id = of_run and split.name = 'split'
    left join catalog.failure_open f
        on f.subject_id = v.video_id and f.stage_key in (ingest.stage_key, split.stage_key)
    left join catalog.split_output o on o.video_id = v.video_id and o.stage_key = split.stage_key
    left join catalog.run_blocked(of_run) x on x.subject_id = v.video_id
    where rs.run_id = of_run
$$;
comment on function catalog.video_state is
    'one row per file: split, duplicate_file (reason: of which), failed, excluded (not to be used, and not split yet), pending; the clips of a split one are excluded each';

create or replace function catalog.is_filtered(of_run text, of_clip uuid) returns boolean
language sql stable as $$
    select not exists (
        select from catalog.run_key k
        where k.run_id = of_run and k.name like 'filter.%'
          and not exists (select from catalog.score s where s.stage_key = k.stage_key and s.clip_id = of_clip)
    )
$$;
comment on function catalog.is_filtered is 'whether every scorer of filter has seen a clip';

create or replace function catalog.stopped_at(of_run text, of_policy text, of_clip uuid, rules text[]) returns text
language sql stable as $$
    select case
        when w.asks_last then case when w.asks_captions then 'caption' else 'validate' end
        when a.later = 0
          or exists (
              select from catalog.policy_condition c
              join catalog.run_scorer k on k.run_id = of_run and k.scorer = c.scorer and k.is_later
              where c.policy_hash = of_policy
                and not exists (select from catalog.score s where s.stage_key = k.stage_key and s.clip_id = of_clip)
          )
          or exists (
              select from catalog.policy_rule r
              where r.policy_hash = of_policy and r.rule = any(rules)
                and not exists (
                    select from catalog.policy_variant v
                    cross join unnest(v.clauses) as bits
                    where v.policy_hash = of_policy and v.rule_ordinal = r.ordinal
                      and (bits | coalesce(v.where_bit, 0)) & a.later <> 0
                )
          )
        then 'filter'
        else 'embed'
    end
    from catalog.policy_needs(of_run, of_policy) a
    cross join lateral (
        select a.last <> 0 and cardinality(rules) > 0 and coalesce(bool_and(bits.asked & a.last <> 0), false) as asks_last,
               coalesce(bool_and(bits.asked & said.bits <> 0), false) as asks_captions
        from catalog.policy_rule r
        cross join lateral (
            select coalesce(bit_or(bits), 0) as asked
            from catalog.policy_variant v
            cross join unnest(v.clauses) as bits
            where v.policy_hash = of_policy and v.rule_ordinal = r.ordinal
        ) bits
        cross join (
            select coalesce(bit_or(1::bigint << c.ordinal), 0) as bits
            from catalog.policy_condition c where c.policy_hash = of_policy and c.scorer = 'captions'
        ) said
        where r.policy_hash = of_policy and r.rule = any(rules)
    ) w
$$;
comment on function catalog.stopped_at is
    'the stage whose scores decide that a clip is not kept, by the rules that say so: embed where none of filter would, validate and caption where none before';

create or replace function catalog.clip_state(of_run text)
returns table (
    clip_id uuid, video_id uuid, start_s double precision, duration_s double precision, state text, reason text,
    stage text
)
language sql stable as $$
    select
        c.clip_id, c.video_id, c.start_s, c.duration_s,
        case
            when blocked.reason is not null then 'excluded'
            when failure.kind is not null then 'failed'
            when verdict.outcome = 'drop' then 'dropped'
            when verdict.outcome = 'hold' and cardinality(verdict.unmeasured_rules) > 0 then 'unmeasured'
            when verdict.outcome = 'hold' then 'held'
            when looked.is_embedded and cluster.representative_id <> c.clip_id then 'duplicate'
            when said.is_done then case when left_out.reason is not null then 'excluded' else 'kept' end
            else 'pending'
        end,
        coalesce(
            blocked.reason, failure.kind, verdict.failed_rules[1], verdict.unmeasured_rules[1],
            case when looked.is_embedded and cluster.representative_id <> c.clip_id then 'near_duplicate' end,
            case when said.is_done then left_out.reason end
        ),
        case
            when blocked.reason is not null then case when box.clip_id is null then 'crop' else 'filter' end
            when failure.kind is not null then failure.stage
            when verdict.outcome is null and box.clip_id is null then 'crop'
            when verdict.outcome is null then case when looked.is_waiting then 'embed' else 'filter' end
            when verdict.outcome = 'keep' and not looked.is_embedded then 'embed'
            when looked.is_embedded and (not looked.is_compared or cluster.representative_id <> c.clip_id) then 'dedup'
            when verdict.outcome = 'keep' and not looked.is_validated then 'validate'
            when verdict.outcome = 'keep' and not said.is_captioned then 'caption'
            when verdict.outcome = 'keep' and encode.clip_id is null then 'transcode'
            when verdict.outcome <> 'keep' and needs.later = 0 and needs.last = 0 then 'filter'
            when verdict.outcome <> 'keep'
                then catalog.stopped_at(
                    of_run, u.policy_hash, c.clip_id, verdict.failed_rules || verdict.unmeasured_rules
                )
            when left_out.reason is not null then 'shard'
        end
    from catalog.run u
    join catalog.run_dataset dataset on dataset.run_id = u.run_id
    join catalog.run_clip c on c.run_id = u.run_id
    join catalog.run_key crop on crop.run_id = u.run_id and crop.name = 'crop'
    join catalog.run_key filter on filter.run_id = u.run_id and filter.name = 'filter'
    join catalog.run_key embed on embed.run_id = u.run_id and embed.name = 'embed'
    left join catalog.run_key validate on validate.run_id = u.run_id and validate.name = 'validate'
    left join catalog.run_key caption on caption.run_id = u.run_id and caption.name = 'caption'
    join catalog.run_key transcode on transcode.run_id = u.run_id and transcode.name = 'transcode'
    cross join lateral catalog.policy_needs(u.run_id, u.policy_hash) needs
    left join catalog.run_blocked(of_run) video_block on video_block.subject_id = c.video_id
    left join catalog.takedown own on own.subject_id = c.clip_id
    cross join lateral (
        select case when own.subject_id is not null then 'takedown' else video_block.reason end as reason
    ) blocked
    left join catalog.crop_box box on box.clip_id = c.clip_id and box.stage_key = crop.stage_key
    left join lateral catalog.verdict_of(u.policy_hash, u.basis, c.clip_id) verdict on true
    left join catalog.rendition encode on encode.clip_id = c.clip_id and encode.stage_key = transcode.stage_key
    cross join lateral (
        select case when verdict.outcome = 'keep' then catalog.unembedded(of_run, c.clip_id) is null end as is_embedded,
               case when verdict.outcome = 'keep' then catalog.is_compared(of_run, c.clip_id) end as is_compared,
               case when verdict.outcome = 'keep' then catalog.is_validated(of_run, c.clip_id) end as is_validated,
               case when verdict.outcome is null and needs.later <> 0
                   then catalog.is_filtered(of_run, c.clip_id) end as is_waiting
    ) looked
    left join lateral (
        select catalog.representative(u.cluster_key, c.clip_id) as representative_id
    ) cluster on looked.is_embedded
    cross join lateral (
        select w.is_captioned,
               encode.clip_id is not null and looked.is_compared and looked.is_validated and w.is_captioned as is_done
        from (select case when looked.is_embedded then catalog.is_captioned(of_run, c.clip_id) end as is_captioned) w
    ) said
    left join lateral catalog.exclusion_of(dataset.dataset_id, c.clip_id) left_out on encode.clip_id is not null
    left join lateral (
        select n.kind, n.stage from catalog.failure_open n
        where n.subject_id = c.clip_id
          -- A verdict goes before what failed on the way to it; only what it keeps can fail to be encoded.
          and (
              (verdict.outcome is null and n.stage_key in (crop.stage_key, filter.stage_key))
              or ((looked.is_waiting or not looked.is_embedded) and n.stage_key = embed.stage_key)
              or (looked.is_embedded and not looked.is_validated and n.stage_key = validate.stage_key)
              or (
                  looked.is_embedded and looked.is_validated and not said.is_captioned
                  and n.stage_key = caption.stage_key
              )
              or (
                  looked.is_validated and said.is_captioned and encode.clip_id is null
                  and n.stage_key = transcode.stage_key
              )
          )
        order by n.failed_at limit 1
    ) failure on true
    where u.run_id = of_run
$$;
comment on function catalog.clip_state is 'one row per clip: excluded (not to be used, whatever else is known; or left out by its dataset), kept, held, dropped, unmeasured, duplicate, failed, pending; the first reason; the stage it stands at';
