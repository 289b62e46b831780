-- Shards whose bytes are gone.
insert into catalog.purged_shard (shard_id, takedown_id)
select shard_id, :takedown from unnest(cast(:shards as uuid[])) as shard_id
on conflict do nothing
