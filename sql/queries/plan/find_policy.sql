-- The newest policy of a name, or the one of a hash.
select policy_hash, body from catalog.policy
where name = :name or policy_hash = :name
order by registered_at desc
limit 1
