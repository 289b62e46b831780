-- Whose vectors lie in a file, and which of them are to go; those that were lent go with their owner.
select e.clip_id, t.clip_id is not null as goes
from catalog.embedding e
left join pg_temp.target_clip t on t.clip_id = coalesce(e.copied_from, e.clip_id)
where e.store_url = :store_url and e.object_key = :object_key
