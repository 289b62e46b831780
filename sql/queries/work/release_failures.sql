-- Another try for what failed with one kind (or all kinds).
with released as (
    update catalog.failure set released_at = now()
    where released_at is null and (cast(:kind as text) is null or kind = :kind)
    returning stage_key, subject_id
),
forgotten as (
    delete from catalog.attempt a using released r
    where a.stage_key = r.stage_key and a.subject_id = r.subject_id
)
select count(*) from released
