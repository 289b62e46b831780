-- How a run's clips were judged by its own policy: clips alike together.
select d.outcome, d.failed_rules, d.unmeasured_rules, count(*) as clips, sum(c.duration_s) as seconds
from catalog.run u
join catalog.run_clip c on c.run_id = u.run_id
join catalog.verdict_current d on d.clip_id = c.clip_id and d.policy_hash = u.policy_hash and d.basis = u.basis
where u.run_id = :run
group by d.outcome, d.failed_rules, d.unmeasured_rules
