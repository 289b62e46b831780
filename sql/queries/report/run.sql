-- One run, with its recipe, policy and dataset, and the dataset's newest version.
select u.run_id, u.started_at, u.closed_at, u.clip_limit, u.recipe_hash, r.name as recipe, u.policy_hash, u.basis,
       p.name as policy, p.version as policy_version, d.dataset_id, d.name as dataset, d.store_url,
       v.version, v.clip_count, v.duration_s, v.size_bytes, v.published_at, v.run_id = u.run_id as is_version_of_run
from catalog.run u
join catalog.recipe r using (recipe_hash)
join catalog.policy p using (policy_hash)
left join catalog.dataset d on d.name = r.body ->> 'dataset' and d.store_url = r.body ->> 'output'
left join lateral (
    select * from catalog.dataset_version v where v.dataset_id = d.dataset_id order by v.version desc limit 1
) v on true
where u.run_id = :run
