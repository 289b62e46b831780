-- Verdicts anew where the policy asks what captions are like, which have come since `plan` judged.
select catalog.judge(u.run_id, u.policy_hash, u.basis)
from catalog.run u
where u.run_id = :run
  and exists (
      select from catalog.policy_condition c
      join catalog.run_scorer k on k.run_id = u.run_id and k.scorer = c.scorer and k.scorer = 'captions'
      where c.policy_hash = u.policy_hash
  )
