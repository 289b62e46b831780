-- The decision per rule is computed, never stored: any policy over the scores that stand.

create or replace function catalog.passes(value double precision, low double precision, high double precision)
returns boolean language sql immutable parallel safe
return value >= coalesce(low, '-infinity') and value <= coalesce(high, 'infinity');
comment on function catalog.passes is 'whether a value lies within a rule''s bounds, both included';

create or replace view catalog.decision as
select
    k.run_id, s.clip_id, r.policy_hash, r.ordinal, r.rule, r.scorer, r.score,
    (s.numbers ->> r.score)::double precision as value,
    r.min_value, r.max_value, s.unmeasured, s.stage_key,
    case
        when s.numbers ->> r.score is null then r.when_unmeasured
        when catalog.passes((s.numbers ->> r.score)::double precision, r.min_value, r.max_value) then 'keep'
        else 'drop'
    end as outcome,
    r.because
from catalog.run_key k
join catalog.run u on u.run_id = k.run_id
join catalog.policy_rule r on r.policy_hash = u.policy_hash and k.name = 'filter.' || r.scorer
join catalog.score s on s.stage_key = k.stage_key;
comment on view catalog.decision is 'score, value, bounds and outcome per clip and rule of a run''s policy';
