-- What bins and quotas leave out, by what does.
select e.reason, e.detail, count(*) as clips, sum(r.duration_s) as seconds
from pg_temp.excluded e
join catalog.rendition r on r.stage_key = cast(:key as uuid) and r.clip_id = e.clip_id
group by e.reason, e.detail
order by count(*) desc, e.reason, e.detail
limit 50
