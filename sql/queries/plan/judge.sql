-- Verdicts under the run's policy, written where they are new or have changed; how many there were to write.
select catalog.judge(:run)
