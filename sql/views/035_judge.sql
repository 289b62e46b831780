-- Judging: scores and a policy in, verdicts out.
-- Clips of which the same conditions fail and could not be measured are judged once, in the temporary table `alike`. The
-- settings hold for these functions alone and leave hashing as the one way to join and group: right after a bulk load the
-- planner has no statistics and takes many for few.

create or replace function catalog.resolve(of_run text, of_policy text, of_basis uuid) returns bigint
language sql volatile
set work_mem = '128MB'
as $$
    with number as (
        select c.ordinal, c.min_value, c.max_value, c.drop_lowest, c.drop_highest,
               (s.numbers ->> c.score)::double precision as value
        from catalog.policy_condition c
        join catalog.run_scorer k on k.run_id = of_run and k.scorer = c.scorer
        join catalog.score s on s.stage_key = k.stage_key and s.numbers ? c.score
        join catalog.run_clip_source o on o.run_id = of_run and o.clip_id = s.clip_id
        where c.policy_hash = of_policy
          and (c.drop_lowest is not null or c.drop_highest is not null)
          and (c.sources = '{}' or o.source = any(c.sources))
    ),
    ranked as (
        select *, row_number() over w - 1 as below, count(*) over (partition by ordinal) as clips
        from number
        window w as (partition by ordinal order by value)
    ),
    found as (
        -- The hair keeps a share of a round number of clips from being rounded down.
        select ordinal, clips,
               coalesce(max(value) filter (where below = floor(drop_lowest * clips + 1e-9)), min(min_value)) as low,
               coalesce(
                   max(value) filter (where below = clips - 1 - floor(drop_highest * clips + 1e-9)), min(max_value)
               ) as high
        from ranked
        group by ordinal, clips
    ),
    written as (
        insert into catalog.policy_resolution
            (policy_hash, basis, condition, min_value, max_value, clip_count, run_id)
        select of_policy, of_basis, f.ordinal, f.low, f.high, f.clips, of_run
        from found f
        left join catalog.policy_resolution_current r
            on r.policy_hash = of_policy and r.basis = of_basis and r.condition = f.ordinal
        where (r.min_value, r.max_value) is distinct from (f.low, f.high) or r.condition is null
        returning 1
    )
    select count(*) from written
$$;
comment on function catalog.resolve is
    'puts a policy''s relative bounds in numbers over a run''s clips, recorded where they changed; how many did';

create or replace function catalog.judged_clips_query(of_run text, of_policy text, of_basis uuid) returns text
language sql stable as $$
    select format(
        $query$
        select c.clip_id, c.duration_s, b.failed, b.missing, b.later, %s as source
        from catalog.run_clip_source c
        join (%s) b on b.clip_id = c.clip_id
        where c.run_id = %L
        $query$,
        -- Sources keep clips apart only where the policy tells them apart.
        case
            when exists (select from catalog.policy_variant where policy_hash = of_policy and sources <> '{}') then 'c.source'
            else $none$''::text$none$
        end,
        catalog.clip_bits_query(of_run, of_policy, of_basis),
        of_run
    )
$$;
comment on function catalog.judged_clips_query is
    'the query for the clips of a run that can be judged, and all of each that its verdict hangs on';

create or replace function catalog.name_verdicts(of_policy text) returns void
language plpgsql volatile
set client_min_messages = warning
set enable_nestloop = off
as $$
begin
    drop table if exists pg_temp.found_verdict;
    create temp table found_verdict on commit drop as
    with overriding as (
        select coalesce(bit_or(where_bit), 0) as bits from catalog.policy_variant where policy_hash = of_policy
    ),
    situation as (
        select source, (failed | missing) & bits as off, later & bits as later
        from pg_temp.alike cross join overriding
        group by 1, 2, 3
    ),
    clause as (
        select t.source, t.off, t.later, r.ordinal, r.rule, r.when_unmeasured, bits
        from situation t
        join catalog.policy_rule r on r.policy_hash = of_policy
        cross join lateral (
            select v.clauses, v.where_bit
            from catalog.policy_variant v
            where v.policy_hash = r.policy_hash and v.rule_ordinal = r.ordinal
              and (v.sources = '{}' or t.source = any(v.sources)) and (v.where_bit is null or t.off & v.where_bit = 0)
            order by v.ordinal
            limit 1
        ) v
        cross join unnest(v.clauses) as bits
        -- Which variant applies may depend on what is not measured yet: such a rule stops nothing before.
        where v.where_bit is null or t.later & v.where_bit = 0
    ),
    undecided as (
        select a.failed, a.missing, a.later, a.source, c.ordinal, c.rule, c.when_unmeasured,
               bool_or(a.failed & c.bits = c.bits) as fails
        from pg_temp.alike a
        cross join overriding o
        join clause c
            on c.source = a.source and c.off = (a.failed | a.missing) & o.bits and c.later = a.later & o.bits
        where (a.failed | a.missing) & c.bits = c.bits
        group by a.failed, a.missing, a.later, a.source, c.ordinal, c.rule, c.when_unmeasured
    )
    select a.failed, a.missing, a.later, a.source,
           coalesce(array_agg(u.rule order by u.ordinal) filter (where u.fails), '{}') as failed_rules,
           coalesce(array_agg(u.rule order by u.ordinal) filter (where not u.fails), '{}') as unmeasured_rules,
           case
               when bool_or(u.fails or u.when_unmeasured = 'drop') then 'drop'
               when bool_or(u.when_unmeasured = 'hold') then 'hold'
               else 'keep'
           end as outcome
    from pg_temp.alike a
    left join undecided u
        on u.failed = a.failed and u.missing = a.missing and u.later = a.later and u.source = a.source
    group by a.failed, a.missing, a.later, a.source;
    analyze pg_temp.found_verdict;
end
$$;
comment on function catalog.name_verdicts is 'puts a policy''s verdicts on the clips in the temporary table alike into another, found_verdict';

create or replace function catalog.judge(of_run text, of_policy text, of_basis uuid) returns bigint
language plpgsql volatile
set client_min_messages = warning
set enable_nestloop = off
set enable_sort = off
set enable_partitionwise_aggregate = on
set work_mem = '128MB'
as $$
declare
    written bigint;
begin
    perform catalog.resolve(of_run, of_policy, of_basis);
    drop table if exists pg_temp.found_clip, pg_temp.alike;
    execute format(
        'create temp table found_clip on commit drop as select clip_id, failed, missing, later, source from (%s) j',
        catalog.judged_clips_query(of_run, of_policy, of_basis)
    );
    analyze pg_temp.found_clip;
    create temp table alike on commit drop as
    select failed, missing, later, source from pg_temp.found_clip group by failed, missing, later, source;
    perform catalog.name_verdicts(of_policy);

    insert into catalog.verdict (policy_hash, basis, clip_id, outcome, failed_rules, unmeasured_rules, run_id)
    select of_policy, of_basis, c.clip_id, v.outcome, v.failed_rules, v.unmeasured_rules, of_run
    from pg_temp.found_clip c
    join pg_temp.found_verdict v
        on v.failed = c.failed and v.missing = c.missing and v.later = c.later and v.source = c.source
    left join (
        select * from catalog.verdict_current where policy_hash = of_policy and basis = of_basis
    ) d on d.clip_id = c.clip_id
    -- What the first scores let through waits for the later ones.
    where (v.later = 0 or v.outcome <> 'keep')
      and (
          d.clip_id is null
          or (d.outcome, d.failed_rules, d.unmeasured_rules)
             is distinct from (v.outcome, v.failed_rules, v.unmeasured_rules)
      );
    get diagnostics written = row_count;
    return written;
end
$$;
comment on function catalog.judge is
    'verdicts of every clip whose needed scores are all there, or that those of filter stop, written where new or changed; how many it wrote';

create or replace function catalog.foresee(of_run text, of_policy text, of_basis uuid)
returns table (
    old_outcome text, old_failed_rules text[], outcome text, failed_rules text[], unmeasured_rules text[],
    clips bigint, seconds double precision
)
language plpgsql volatile
set client_min_messages = warning
set enable_nestloop = off
set enable_sort = off
set enable_partitionwise_aggregate = on
set work_mem = '128MB'
as $$
declare
    old record;
begin
    -- Looked up first: by constants the planner finds the verdicts of one policy, and joins by clip alone.
    select u.policy_hash, u.basis into old from catalog.run u where u.run_id = of_run;
    perform catalog.resolve(of_run, of_policy, of_basis);
    drop table if exists pg_temp.change, pg_temp.alike;
    execute format(
        $query$
        create temp table change on commit drop as
        select d.outcome as old_outcome, d.failed_rules as old_failed_rules, c.failed, c.missing, c.later, c.source,
               count(*) as clips, sum(c.duration_s) as seconds
        from (%s) c
        left join (
            select v.clip_id, v.outcome, v.failed_rules
            from catalog.verdict_current v
            where v.policy_hash = %L and v.basis = %L
        ) d on d.clip_id = c.clip_id
        group by d.outcome, d.failed_rules, c.failed, c.missing, c.later, c.source
        $query$,
        catalog.judged_clips_query(of_run, of_policy, of_basis), old.policy_hash, old.basis
    );
    create temp table alike on commit drop as
    select c.failed, c.missing, c.later, c.source from pg_temp.change c group by c.failed, c.missing, c.later, c.source;
    analyze pg_temp.alike;
    perform catalog.name_verdicts(of_policy);

    return query
    select c.old_outcome, c.old_failed_rules, v.outcome, v.failed_rules, v.unmeasured_rules, c.clips, c.seconds
    from pg_temp.change c
    join pg_temp.found_verdict v
        on v.failed = c.failed and v.missing = c.missing and v.later = c.later and v.source = c.source
    where v.later = 0 or v.outcome <> 'keep';
end
$$;
comment on function catalog.foresee is
    'what a policy would make of a run''s clips beside what the run''s own policy made of them, clips alike together';
