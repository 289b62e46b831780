-- Clips that lie in the shards and that the run does not keep (any more), each with the reason.
select m.shard_id, m.clip_id,
       case
           when not exists (select from catalog.run_clip c where c.run_id = u.run_id and c.clip_id = m.clip_id)
               then 'not_in_recipe'
           when d.outcome is null then 'not_judged'
           when d.outcome = 'keep' then 'encoded_anew'
           else coalesce(d.failed_rules[1], d.unmeasured_rules[1], 'held')
       end as reason
from catalog.run u
join catalog.shard_member m on m.shard_id = any(cast(:shards as uuid[]))
left join catalog.run_survivor v
    on v.run_id = u.run_id and v.clip_id = m.clip_id and v.rendition_key = m.rendition_key
left join catalog.verdict_current d
    on d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = m.clip_id
where u.run_id = :run and v.clip_id is null
