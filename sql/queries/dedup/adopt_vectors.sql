-- Gives clips of the same footage the vector of their leader, once that has all that embed makes.
insert into catalog.embedding
    (stage_key, clip_id, kind, model, revision, dimension, store_url, object_key, ordinal, copied_from, stage_run_id)
select e.stage_key, s.clip_id, e.kind, e.model, e.revision, e.dimension, e.store_url, e.object_key, e.ordinal,
       s.leader_id, :stage_run_id
from catalog.same_footage s
join catalog.run_key k on k.run_id = s.run_id and k.name = 'embed.embedding'
join catalog.embedding e on e.stage_key = k.stage_key and e.clip_id = s.leader_id and e.copied_from is null
where s.run_id = :run and catalog.unembedded(s.run_id, s.leader_id) is null
on conflict do nothing
