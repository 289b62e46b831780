-- Verdicts of every clip whose needed scores are all there, written where they are new or have changed.
-- A clip's failed rules are gathered as bits by ordinal, and only the few distinct sets are turned into names.
with rule as materialized (
    select k.stage_key, r.ordinal, r.rule, r.score, r.min_value, r.max_value, r.when_unmeasured
    from catalog.run u
    join catalog.policy_rule r on r.policy_hash = u.policy_hash
    join catalog.run_key k on k.run_id = u.run_id and k.name = 'filter.' || r.scorer
    where u.run_id = :run
),
measured as (
    select s.clip_id, count(*) as rules,
           sum(case when not p.passes then 1::bigint << r.ordinal else 0 end)::bigint as failed,
           sum(case when p.passes is null then 1::bigint << r.ordinal else 0 end)::bigint as missing,
           bool_or(coalesce(not p.passes, r.when_unmeasured = 'drop')) as drops,
           bool_or(p.passes is null and r.when_unmeasured = 'hold') as holds
    from rule r
    join catalog.score s on s.stage_key = r.stage_key
    cross join lateral (
        select catalog.passes((s.numbers ->> r.score)::double precision, r.min_value, r.max_value) as passes
    ) p
    group by s.clip_id
),
judged as (
    select c.clip_id, coalesce(m.failed, 0) as failed, coalesce(m.missing, 0) as missing,
           case when m.drops then 'drop' when m.holds then 'hold' else 'keep' end as outcome
    from catalog.run_clip c
    left join measured m on m.clip_id = c.clip_id
    where c.run_id = :run and coalesce(m.rules, 0) = (select count(*) from rule)
    group by c.clip_id, m.failed, m.missing, m.drops, m.holds
),
named as materialized (
    select bits, array(select r.rule from rule r where bits & (1::bigint << r.ordinal) <> 0 order by r.ordinal) as rules
    from (select failed as bits from judged union select missing from judged) sets
),
wanted as (
    select u.policy_hash, u.basis, j.clip_id, j.outcome, f.rules as failed_rules, m.rules as unmeasured_rules
    from catalog.run u, judged j
    join named f on f.bits = j.failed
    join named m on m.bits = j.missing
    where u.run_id = :run
)
insert into catalog.verdict (policy_hash, basis, clip_id, outcome, failed_rules, unmeasured_rules, run_id)
select w.policy_hash, w.basis, w.clip_id, w.outcome, w.failed_rules, w.unmeasured_rules, :run
from wanted w
left join catalog.verdict_current d using (policy_hash, basis, clip_id)
where d.clip_id is null
   or (d.outcome, d.failed_rules, d.unmeasured_rules) is distinct from (w.outcome, w.failed_rules, w.unmeasured_rules)
