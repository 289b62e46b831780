-- The takedown of a subject.
select takedown_id, subject, subject_id, reason, requested_by, requested_at from catalog.takedown where subject_id = :subject_id
