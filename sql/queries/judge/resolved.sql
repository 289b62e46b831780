-- The numbers that a policy's relative bounds have now.
select c.score, c.sources, c.drop_lowest, c.drop_highest, r.min_value, r.max_value, r.clip_count, r.run_id, r.resolved_at
from catalog.policy_resolution_current r
join catalog.policy_condition c on c.policy_hash = r.policy_hash and c.ordinal = r.condition
where r.policy_hash = :policy and r.basis = cast(:basis as uuid)
order by c.ordinal
