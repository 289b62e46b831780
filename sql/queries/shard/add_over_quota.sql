-- The candidates that are over a quota.
insert into pg_temp.excluded (clip_id, reason, detail)
select clip_id, 'quota', detail from pg_temp.candidate where detail is not null
