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

create or replace function catalog.clip_bits(of_run text, of_policy text, of_basis uuid)
returns table (clip_id uuid, failed bigint, missing bigint, later bigint)
language sql stable parallel safe as $$
    select b.clip_id, b.failed, b.missing, a.later & ~b.seen
    from (
        -- catalog.passes written out, and what does not hang on the clip outside: this is done for every number.
        select v.clip_id,
               bit_or(case when v.value < v.low or v.value > v.high then v.mask else 0 end) as failed,
               bit_or(case when v.value is null then v.mask else 0 end) as missing,
               bit_or(v.mask) as seen
        from (
            select s.clip_id, n.mask, n.low, n.high, (s.numbers ->> n.score)::double precision as value
            from catalog.score s
            join (
                select mask, stage_key, case when not is_open then score end as score,
                       coalesce(low, '-infinity') as low, coalesce(high, 'infinity') as high
                from catalog.policy_conditions(of_run, of_policy, of_basis)
            ) n on n.stage_key = s.stage_key
            offset 0  -- each number is looked up once, and not wherever it is named
        ) v
        group by v.clip_id
    ) b
    cross join catalog.policy_needs(of_run, of_policy) a
    where bit_count((b.seen & ~(a.later | a.last))::bit(64)) = a.at_once
    union all
    -- A policy on later scorers alone needs no score at first: all that has come so far goes on.
    select b.clip_id, 0, 0, a.later
    from catalog.policy_needs(of_run, of_policy) a
    join catalog.run_key k on k.run_id = of_run and k.name = 'crop'
    join catalog.crop_box b on b.stage_key = k.stage_key
    where a.at_once = 0
      and not exists (
          select from catalog.score s
          join catalog.policy_conditions(of_run, of_policy, of_basis) n on n.stage_key = s.stage_key
          where s.clip_id = b.clip_id
      )
$$;
comment on function catalog.clip_bits is
    'conditions that fail, that could not be measured, and that later scorers have not measured yet, of every clip whose other needed scores are all there';

create or replace view catalog.run_clip_source as
select c.run_id, c.clip_id, c.video_id, c.duration_s, s.name as source
from catalog.run_clip c
join catalog.source s on s.source_id = c.source_id;
comment on view catalog.run_clip_source is 'the clips of a run, each with the source where its video was found first';
