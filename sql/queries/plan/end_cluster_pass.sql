-- All pairs up to this one have been looked at.
insert into catalog.cluster_pass (cluster_key, pair_sequence, run_id)
select cluster_key, :pair_sequence, run_id from catalog.run where run_id = :run
on conflict (cluster_key) do update
set pair_sequence = excluded.pair_sequence, run_id = excluded.run_id, ended_at = now()
