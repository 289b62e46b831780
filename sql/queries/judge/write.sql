-- Writes the verdicts that judge/foresee has found in this transaction, where they are new or have changed; how many.
select catalog.write_verdicts(:run, :policy, cast(:basis as uuid))
