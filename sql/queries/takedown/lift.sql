-- A takedown that holds no more; when it was lifted is kept.
with lifted as (
    delete from catalog.takedown where subject_id = :subject_id returning takedown_id, subject_id
)
insert into catalog.takedown_lifting (takedown_id, subject_id)
select takedown_id, subject_id from lifted
