-- Verdicts of a policy over a run's clips, written where they are new or have changed; how many there were to write.
select catalog.judge(:run, :policy, cast(:basis as uuid))
