-- The migrations that this database has seen.
select migration_id from public._yoyo_migration
