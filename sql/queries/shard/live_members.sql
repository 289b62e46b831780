-- The clips of one shard that the run keeps, in their order.
select * from catalog.run_packed where run_id = :run and shard_id = :shard order by ordinal
