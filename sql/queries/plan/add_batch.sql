-- One batch of a phase; planned again after a retry, it keeps its name.
insert into catalog.batch (batch_id, run_id, phase, ordinal, seconds)
values (:batch, :run, :phase, :ordinal, :seconds)
on conflict (batch_id) do update set seconds = excluded.seconds
