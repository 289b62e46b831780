-- Every verdict there ever was on a clip, oldest first.
select p.name as policy, p.version as policy_version, v.policy_hash, v.basis, v.outcome, v.failed_rules,
       v.unmeasured_rules, v.run_id, v.judged_at
from catalog.verdict v
join catalog.policy p using (policy_hash)
where v.clip_id = :clip
order by v.sequence
