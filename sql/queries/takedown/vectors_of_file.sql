-- Whose vectors lie in a file, and which of them are to go; those that were lent go with their owner.
select e.clip_id, e.copied_from, t.video_id is not null as goes
from catalog.embedding e
join catalog.clip c on c.clip_id = coalesce(e.copied_from, e.clip_id)
left join pg_temp.target_video t
    on t.video_id = c.video_id and (cast(:clip as uuid) is null or c.clip_id = :clip)
where e.store_url = :store_url and e.object_key = :object_key
