-- What a policy's conditions say of each clip. The decision per rule is computed, never stored: any policy over the
-- scores that stand. A clip's conditions are gathered as bits by ordinal.
-- Functions in plain SQL are part of the query that asks, so that asking for one clip looks at that clip alone.

create or replace function catalog.passes(value double precision, low double precision, high double precision)
returns boolean language sql immutable parallel safe
return value >= coalesce(low, '-infinity') and value <= coalesce(high, 'infinity');
comment on function catalog.passes is 'whether a value lies within bounds, both included';

create or replace view catalog.run_scorer as
select k.run_id, split_part(k.name, '.', 2) as scorer, k.stage_key, k.fingerprint, k.stage = 'embed' as is_later,
       k.stage in ('validate', 'caption') as is_last
from catalog.run_key k
where k.name like '%.%';
comment on view catalog.run_scorer is
    'the scorers of a run, each with its key; is_later where it measures only what the others let through, is_last where only what all those keep: until then what it will say counts as good';

create or replace view catalog.policy_resolution_current as
select r.*
from catalog.policy_resolution r
where not exists (
    select from catalog.policy_resolution n
    where n.policy_hash = r.policy_hash and n.basis = r.basis and n.condition = r.condition and n.sequence > r.sequence
);
comment on view catalog.policy_resolution_current is 'the numbers that relative bounds have now';

create or replace function catalog.policy_conditions(of_run text, of_policy text, of_basis uuid)
returns table (
    ordinal int, mask bigint, scorer text, stage_key uuid, score text, low double precision, high double precision,
    is_open boolean, drop_lowest double precision, drop_highest double precision, is_later boolean, is_last boolean
)
language sql stable parallel safe as $$
    select
        c.ordinal, 1::bigint << c.ordinal, c.scorer, k.stage_key, c.score, coalesce(r.min_value, c.min_value),
        coalesce(r.max_value, c.max_value),
        (c.drop_lowest is not null or c.drop_highest is not null) and r.condition is null, c.drop_lowest, c.drop_highest,
        k.is_later, k.is_last
    from catalog.policy_condition c
    join catalog.run_scorer k on k.run_id = of_run and k.scorer = c.scorer
    left join catalog.policy_resolution_current r
        on r.policy_hash = c.policy_hash and r.basis = of_basis and r.condition = c.ordinal
    where c.policy_hash = of_policy
$$;
comment on function catalog.policy_conditions is
    'a policy''s conditions in absolute numbers over a run''s scorers; is_open where a relative one has none yet';

create or replace function catalog.policy_needs(of_run text, of_policy text)
returns table (at_once bigint, later bigint, last bigint)
language sql stable parallel safe as $$
    select count(*) filter (where not k.is_later and not k.is_last),
           coalesce(bit_or(1::bigint << c.ordinal) filter (where k.is_later), 0),
           coalesce(bit_or(1::bigint << c.ordinal) filter (where k.is_last), 0)
    from catalog.policy_condition c
    join catalog.run_scorer k on k.run_id = of_run and k.scorer = c.scorer
    where c.policy_hash = of_policy
$$;
comment on function catalog.policy_needs is
    'how many conditions of a policy are on scorers that measure every clip, and which ones are on later and on last ones';

create or replace function catalog.clip_bits_query(of_run text, of_policy text, of_basis uuid) returns text
language sql stable as $$
    -- Written out for the policy: without a join each row of scores is looked at once, however many conditions ask of it,
    -- and a clip's rows lie in one partition, so that partitions are grouped each by itself.
    with condition as (
        select stage_key, mask, is_open, score, format('(numbers ->> %L)::double precision', score) as value,
               coalesce(low, '-infinity') as low, coalesce(high, 'infinity') as high
        from catalog.policy_conditions(of_run, of_policy, of_basis)
    ),
    scorer as (
        -- To take a number out is what costs: it is done once where one bound is infinite, and not to see that all are there.
        select format(' when %L then ', stage_key) as of_scorer, stage_key, bit_or(mask) as seen,
               string_agg(
                   case
                       when is_open then mask::text
                       when high = 'infinity' then format('case when %s >= %L then 0 else %s end', value, low, mask)
                       when low = '-infinity' then format('case when %s <= %L then 0 else %s end', value, high, mask)
                       else format('case when %s between %L and %L then 0 else %s end', value, low, high, mask)
                   end,
                   ' | '
               ) as off,
               format(
                   'case when numbers ?& %L then %s else %s end', array_agg(score), bit_or(case when is_open then mask else 0 end),
                   string_agg(format('case when numbers ? %L and %L then 0 else %s end', score, not is_open, mask), ' | ')
               ) as missing
        from condition
        group by stage_key
    ),
    clause as (
        select coalesce(array_agg(stage_key), '{}') as keys,
               coalesce('case stage_key' || string_agg(of_scorer || off, '') || ' end', '0') as off,
               coalesce('case stage_key' || string_agg(of_scorer || missing, '') || ' end', '0') as missing,
               coalesce('case stage_key' || string_agg(of_scorer || seen, '') || ' end', '0') as seen
        from scorer
    )
    select format(
        $query$
        select clip_id, off & ~missing as failed, missing, %5$s & ~seen as later
        from (
            select clip_id, bit_or((%1$s)::bigint) as off, bit_or((%2$s)::bigint) as missing,
                   bit_or((%3$s)::bigint) as seen
            from catalog.score
            where stage_key = any (%4$L)
            group by clip_id
        ) b
        where bit_count((seen & ~(%5$s | %6$s)::bigint)::bit(64)) = %7$s
        $query$,
        c.off, c.missing, c.seen, c.keys::text, n.later, n.last, n.at_once
    ) || case
        when n.at_once > 0 then ''
        -- A policy on later scorers alone needs no score at first: all that has come so far goes on.
        else format(
            $query$
            union all
            select b.clip_id, 0, 0, %1$s
            from catalog.run_key k
            join catalog.crop_box b on b.stage_key = k.stage_key
            where k.run_id = %2$L and k.name = 'crop'
              and not exists (
                  select from catalog.score s where s.stage_key = any (%3$L) and s.clip_id = b.clip_id
              )
            $query$,
            n.later, of_run, c.keys::text
        )
    end
    from clause c
    cross join catalog.policy_needs(of_run, of_policy) n
$$;
comment on function catalog.clip_bits_query is
    'the query for the conditions that fail, that could not be measured, and that later scorers have not measured yet, of every clip whose other needed scores are all there';

create or replace view catalog.run_clip_source as
select c.run_id, c.clip_id, c.video_id, c.duration_s, s.name as source
from catalog.run_clip c
join catalog.source s on s.source_id = c.source_id;
comment on view catalog.run_clip_source is 'the clips of a run, each with the source where its video was found first';
