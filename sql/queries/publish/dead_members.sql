-- Clips that lie in the shards and that the run does not keep (any more), each with the reason.
select m.shard_id, m.clip_id,
       case
           when x.reason is not null then x.reason
           when s.clip_id is null then 'not_in_recipe'
           when d.outcome is null then 'not_judged'
           when d.outcome = 'keep' and catalog.representative(u.cluster_key, m.clip_id) <> m.clip_id then 'near_duplicate'
           when d.outcome = 'keep' and m.rendition_key = transcode.stage_key then 'captioned_anew'
           when d.outcome = 'keep' then 'encoded_anew'
           else coalesce(d.failed_rules[1], d.unmeasured_rules[1], 'held')
       end as reason
from catalog.shard_member m
join catalog.run u on u.run_id = :run
join catalog.run_key split on split.run_id = u.run_id and split.name = 'split'
join catalog.clip p on p.clip_id = m.clip_id
cross join lateral (select catalog.why_blocked(u.run_id, m.clip_id, p.video_id) as reason) x
join catalog.run_key transcode on transcode.run_id = u.run_id and transcode.name = 'transcode'
left join lateral (
    select v.clip_id from catalog.run_survivor v
    where v.run_id = u.run_id and v.clip_id = m.clip_id and v.rendition_key = m.rendition_key
      and v.caption_id is not distinct from m.caption_id
    limit 1
) v on true
left join lateral (
    select s.clip_id from catalog.span s
    cross join lateral catalog.video_terms(u.run_id, s.video_id)
    where s.clip_id = m.clip_id and s.stage_key = split.stage_key
    limit 1
) s on true
left join lateral (
    select * from catalog.verdict d
    where d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = m.clip_id
    order by d.sequence desc
    limit 1
) d on true
where m.shard_id = any(cast(:shards as uuid[])) and v.clip_id is null
