-- A source that a run's recipe names.
insert into catalog.run_source (run_id, source_id) values (:run, :source) on conflict do nothing
