-- What a batch holds; of a clip also its video.
select m.subject_id, c.video_id
from catalog.batch_member m
left join catalog.clip c on c.clip_id = m.subject_id
where m.batch_id = :batch
order by m.subject_id
