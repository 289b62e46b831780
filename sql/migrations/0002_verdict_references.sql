-- Verdicts are written by one statement, catalog.judge, which takes policy and run from the run's own row. Looking the
-- same two up again for every one of a hundred thousand clips was a fifth of judging.

alter table catalog.verdict drop constraint verdict_policy_hash_fkey;
alter table catalog.verdict drop constraint verdict_run_id_fkey;
