-- What a run's recipe asks of the terms of its sources.
insert into catalog.run_demand (run_id, allow, deny, commercial, redistribution, derivative)
values (:run, cast(:allow as text[]), cast(:deny as text[]), :commercial, :redistribution, :derivative)
on conflict do nothing
