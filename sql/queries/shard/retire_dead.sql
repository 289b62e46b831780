-- Shards in which no clip is left that the run keeps: gone from the next version.
insert into catalog.shard_retirement (shard_id, run_id, stage_run_id)
select s.shard_id, :run, :stage_run_id
from catalog.shard_current s
where s.dataset_id = :dataset
  and not exists (select from catalog.run_packed p where p.run_id = :run and p.shard_id = s.shard_id)
on conflict do nothing
