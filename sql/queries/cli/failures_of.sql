-- Everything that ever failed with a clip or a video.
select stage, kind, message, tries, failed_at, released_at
from catalog.failure
where subject_id = :subject
order by failed_at
