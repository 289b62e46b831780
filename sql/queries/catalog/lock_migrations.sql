-- Waits until no other process migrates, and keeps others out until the transaction ends.
select pg_advisory_xact_lock(hashtext('clipmill migrations'))
