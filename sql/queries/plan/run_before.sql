-- What a run was registered with, where it was asked the same.
select r.recipe_hash, r.body, u.policy_hash
from catalog.run u
join catalog.recipe r using (recipe_hash)
where u.run_id = :run and u.params = cast(:params as jsonb)
