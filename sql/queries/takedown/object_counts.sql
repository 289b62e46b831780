-- How much a takedown found of each kind, and how much of that is gone.
select kind, count(*) as found, count(removed_at) as removed
from catalog.takedown_object
where takedown_id = :takedown
group by kind
order by kind
