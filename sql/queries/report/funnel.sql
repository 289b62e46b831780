-- What goes in and out of each stage of a run.
select line, stage, unit, flow, reason, things, seconds from catalog.funnel(:run)
