-- Verdicts under the run's own policy, written where they are new or have changed; how many there were to write.
select catalog.judge(run_id, policy_hash, basis) from catalog.run where run_id = :run
