-- Judging: scores and a run's policy in, verdicts out.
-- A clip's failed rules are gathered as bits by ordinal, and only the distinct sets are turned into names. The settings
-- hold for this function alone and leave hashing as the one way to join and group: right after a bulk load the planner
-- has no statistics, takes many for few, and would compare every clip with every set of rules.

create or replace function catalog.judge(of_run text) returns bigint
language sql volatile
set enable_nestloop = off
set enable_sort = off
set work_mem = '64MB'
as $$
    with rule as materialized (
        select k.stage_key, r.rule, r.ordinal, 1::bigint << r.ordinal as bit, r.score, r.min_value, r.max_value,
               r.when_unmeasured
        from catalog.run u
        join catalog.policy_rule r on r.policy_hash = u.policy_hash
        join catalog.run_key k on k.run_id = u.run_id and k.name = 'filter.' || r.scorer
        where u.run_id = of_run
    ),
    rules as materialized (
        select count(*) as count, coalesce(bit_or(bit) filter (where when_unmeasured = 'drop'), 0) as dropping,
               coalesce(bit_or(bit) filter (where when_unmeasured = 'hold'), 0) as holding
        from rule
    ),
    measured as (
        select v.clip_id, count(*) as count,
               bit_or(case when catalog.passes(v.value, v.min_value, v.max_value) is false then v.bit else 0 end) as failed,
               bit_or(case when v.value is null then v.bit else 0 end) as missing
        from (
            select s.clip_id, r.bit, r.min_value, r.max_value, (s.numbers ->> r.score)::double precision as value
            from catalog.score s
            join rule r on r.stage_key = s.stage_key
            where s.stage_key = any(array(select stage_key from rule))
            offset 0  -- each number is looked up once, and not wherever it is named
        ) v
        group by v.clip_id
    ),
    judged as materialized (
        select c.clip_id, coalesce(m.failed, 0) as failed, coalesce(m.missing, 0) as missing,
               case
                   when m.failed <> 0 or m.missing & rules.dropping <> 0 then 'drop'
                   when m.missing & rules.holding <> 0 then 'hold'
                   else 'keep'
               end as outcome
        from (select distinct clip_id from catalog.run_clip where run_id = of_run) c
        left join measured m on m.clip_id = c.clip_id
        cross join rules
        where coalesce(m.count, 0) = rules.count
    ),
    named as materialized (
        select bits, array(select r.rule from rule r where bits & r.bit <> 0 order by r.ordinal) as names
        from (select failed as bits from judged union select missing from judged) sets
    ),
    written as (
        insert into catalog.verdict (policy_hash, basis, clip_id, outcome, failed_rules, unmeasured_rules, run_id)
        select u.policy_hash, u.basis, j.clip_id, j.outcome, failed.names, missing.names, of_run
        from judged j
        join named failed on failed.bits = j.failed
        join named missing on missing.bits = j.missing
        join catalog.run u on u.run_id = of_run
        left join catalog.verdict_current d
            on d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = j.clip_id
        where d.clip_id is null
           or (d.outcome, d.failed_rules, d.unmeasured_rules) is distinct from (j.outcome, failed.names, missing.names)
        returning 1
    )
    select count(*) from written
$$;
comment on function catalog.judge is
    'verdicts of every clip whose needed scores are all there, written where new or changed; how many it wrote';
