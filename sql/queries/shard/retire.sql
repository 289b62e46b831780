-- Shards whose clips were written anew.
insert into catalog.shard_retirement (shard_id, run_id, stage_run_id)
select shard_id, :run, :stage_run_id from unnest(cast(:shards as uuid[])) as shard_id
on conflict do nothing
