-- A takedown that holds no more.
delete from catalog.takedown where subject_id = :subject_id
