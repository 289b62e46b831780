-- Members that another run works on are left to it.
with ours as (
    select subject_id
    from catalog.reservation
    where batch_id = :batch and fence = :fence
    group by subject_id
    having count(*) = cardinality(cast(:keys as uuid[]))
),
given_back as (
    delete from catalog.reservation r
    where r.batch_id = :batch and r.subject_id not in (select subject_id from ours)
)
delete from catalog.batch_member m
where m.batch_id = :batch and m.subject_id not in (select subject_id from ours)
