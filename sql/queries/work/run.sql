-- The run with its recipe.
select u.run_id, u.dag, u.recipe_hash, u.policy_hash, u.basis, u.clip_limit, u.window_from, u.window_to, u.params,
       r.body as recipe, p.body as policy
from catalog.run u
join catalog.recipe r using (recipe_hash)
join catalog.policy p using (policy_hash)
where u.run_id = :run
