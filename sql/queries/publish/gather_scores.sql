-- Every clip's numbers as one JSON text, into a temporary table: read once, not looked up clip by clip.
create temp table clip_numbers on commit drop as
select c.clip_id, '{' || string_agg(trim(both '{}' from c.numbers::text), ', ') || '}' as scores
from catalog.score c
join catalog.run_key k on k.run_id = :run and k.name like '%.%' and k.stage_key = c.stage_key
where c.numbers <> '{}'
group by c.clip_id
