-- Gives them what networks score of their leader, too.
insert into catalog.score (stage_key, clip_id, scorer, numbers, unmeasured, stage_run_id)
select o.stage_key, s.clip_id, o.scorer, o.numbers, o.unmeasured, :stage_run_id
from catalog.same_footage s
join catalog.run_key k on k.run_id = s.run_id and k.name like 'embed.%'
join catalog.score o on o.stage_key = k.stage_key and o.clip_id = s.leader_id
where s.run_id = :run and catalog.unembedded(s.run_id, s.leader_id) is null
on conflict do nothing
