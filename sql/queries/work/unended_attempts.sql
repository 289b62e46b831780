-- Attempts that began and never ended, per subject.
select subject_id, max(attempt) as last, count(*) as unended, count(*) filter (where observed) as observed
from catalog.attempt
where stage_key = :key and subject_id = any(cast(:subjects as uuid[]))
group by subject_id
