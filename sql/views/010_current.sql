-- What holds now, out of facts that are only ever added.
-- `not exists` rather than `distinct on`: the planner then still knows how many rows of a source or policy there are,
-- and joins large runs by hash and not row by row.

create or replace view catalog.output as
select 'split' as stage, stage_key, video_id as subject_id, stage_run_id from catalog.split_output
union all
select 'crop', stage_key, clip_id, stage_run_id from catalog.crop_box
union all
-- Every scorer's scores lie in one table, whichever stage it belongs to; who embeds a clip always makes its vector.
select 'filter', stage_key, clip_id, stage_run_id from catalog.score
union all
select 'embed', stage_key, clip_id, stage_run_id from catalog.embedding
union all
select 'validate', stage_key, clip_id, stage_run_id from catalog.validation
union all
select 'caption', stage_key, clip_id, stage_run_id from catalog.caption where released_at is null
union all
select 'transcode', stage_key, clip_id, stage_run_id from catalog.rendition;
comment on view catalog.output is 'every finished output by its key: what a stage need not do again';

create or replace view catalog.location_current as
select l.*
from catalog.video_location l
where not exists (
    select from catalog.video_location n
    where n.source_id = l.source_id and md5(coalesce(n.origin, n.uri)) = md5(coalesce(l.origin, l.uri))
      and (n.seen_at, l.location_id) > (l.seen_at, n.location_id)
);
comment on view catalog.location_current is 'the file that lies at each place now; a replaced file hides the one before it';

create or replace view catalog.verdict_current as
select d.*
from catalog.verdict d
where not exists (
    select from catalog.verdict n
    where n.policy_hash = d.policy_hash and n.basis = d.basis and n.clip_id = d.clip_id and n.sequence > d.sequence
);
comment on view catalog.verdict_current is 'the latest verdict of each clip under each policy';

create or replace function catalog.verdict_of(of_policy text, of_basis uuid, of_clip uuid)
returns table (outcome text, failed_rules text[], unmeasured_rules text[])
language sql stable rows 1 as $$
    -- With a limit this is one index entry for each clip, whatever the planner believes of a table just written.
    select d.outcome, d.failed_rules, d.unmeasured_rules
    from catalog.verdict d
    where d.policy_hash = of_policy and d.basis = of_basis and d.clip_id = of_clip
    order by d.sequence desc
    limit 1
$$;
comment on function catalog.verdict_of is 'the latest verdict on one clip; no row where there is none';

create or replace view catalog.failure_open as
select * from catalog.failure where released_at is null;
comment on view catalog.failure_open is 'quarantine: what failed and nobody has released';

create or replace view catalog.source_terms_current as
select distinct on (source_id) * from catalog.source_terms order by source_id, recorded_at desc;
comment on view catalog.source_terms_current is 'the licence and rights that each source has now';

create or replace view catalog.shard_current as
select s.* from catalog.shard s
where not exists (select from catalog.shard_retirement r where r.shard_id = s.shard_id);
comment on view catalog.shard_current is 'shards not written anew since';

create or replace view catalog.score_number as
select s.stage_key, s.clip_id, s.scorer, n.key as score, (n.value)::double precision as value
from catalog.score s, jsonb_each(s.numbers) as n;
comment on view catalog.score_number is 'one row per measured number';
