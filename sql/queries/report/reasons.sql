-- What each rule of a run's policy does: clips that fail it, that it is the first or the only one to stop, and those
-- whose score is missing.
with judged as materialized (
    select d.failed_rules, d.unmeasured_rules
    from catalog.run u
    join catalog.run_clip c on c.run_id = u.run_id
    join catalog.verdict_current d
        on d.clip_id = c.clip_id and d.policy_hash = u.policy_hash and d.basis = u.basis
    where u.run_id = :run
)
select r.rule, r.scorer, r.score, r.min_value, r.max_value, r.when_unmeasured, r.because,
       count(*) filter (where r.rule = any(j.failed_rules)) as failing,
       count(*) filter (where j.failed_rules[1] = r.rule) as first,
       count(*) filter (where j.failed_rules = array[r.rule] and cardinality(j.unmeasured_rules) = 0) as only,
       count(*) filter (where r.rule = any(j.unmeasured_rules)) as unmeasured
from catalog.run u
join catalog.policy_rule r on r.policy_hash = u.policy_hash
left join judged j on true
where u.run_id = :run
group by r.ordinal, r.rule, r.scorer, r.score, r.min_value, r.max_value, r.when_unmeasured, r.because
order by r.ordinal
