-- What the run leaves out, into a temporary table: what no bin has; what is over a quota is added to it.
create temp table excluded on commit drop as
select p.clip_id, cast('no_bin' as text) as reason, p.no_bin as detail
from catalog.placement p
where p.stage_key = :place and p.cell is null
  and exists (select from catalog.run_survivor v where v.run_id = :run and v.clip_id = p.clip_id)
