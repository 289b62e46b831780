-- What a policy would make of a run's clips beside what the run's own policy made of them, clips alike together.
select old_outcome, old_failed_rules, outcome, failed_rules, unmeasured_rules, clips, seconds
from catalog.foresee(:run, :policy, cast(:basis as uuid))
