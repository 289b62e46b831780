-- A policy by its hash.
insert into catalog.policy (policy_hash, name, version, body) values (:hash, :name, :version, cast(:body as jsonb))
on conflict do nothing
