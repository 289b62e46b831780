-- The newest run that sees a clip.
select u.run_id
from catalog.span s
join catalog.run_key k on k.stage_key = s.stage_key and k.name = 'split'
join catalog.run u on u.run_id = k.run_id
where s.clip_id = :clip
order by u.dag = 'curate' desc, u.started_at desc
limit 1
