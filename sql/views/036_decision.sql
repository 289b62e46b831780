-- The decision per rule, for people to look at: what `catalog.judge` finds of all clips, here one by one with its numbers.

create or replace function catalog.clip_conditions(of_run text, of_policy text, of_basis uuid, of_clip uuid)
returns table (
    mask bigint, scorer text, stage_key uuid, algorithm text, score text, value double precision, unmeasured text,
    low double precision, high double precision, drop_lowest double precision, drop_highest double precision,
    fails boolean, is_asked boolean, is_later boolean, is_last boolean
)
language sql stable as $$
    select p.mask, p.scorer, p.stage_key, k.fingerprint ->> 'algorithm', p.score, x.value, s.unmeasured, p.low, p.high,
           p.drop_lowest, p.drop_highest, catalog.passes(x.value, p.low, p.high) is false, s.clip_id is not null,
           p.is_later, p.is_last
    from catalog.policy_conditions(of_run, of_policy, of_basis) p
    join catalog.run_scorer k on k.run_id = of_run and k.stage_key = p.stage_key
    left join catalog.score s on s.stage_key = p.stage_key and s.clip_id = of_clip
    cross join lateral (
        select case when not p.is_open then (s.numbers ->> p.score)::double precision end as value
    ) x
$$;
comment on function catalog.clip_conditions is
    'what each condition of a policy says of one clip; is_asked where its scorer has measured it';

create or replace view catalog.decision as
select
    u.run_id, c.clip_id, u.policy_hash, r.ordinal, r.rule, v.ordinal as variant, v.because,
    n.scorer, n.stage_key, n.algorithm, n.score, n.value, n.unmeasured, n.low as min_value, n.high as max_value,
    n.drop_lowest, n.drop_highest,
    case when n.fails then case when n.value < n.low then 'min' else 'max' end end as side,
    case when n.fails then case when n.value < n.low then n.low else n.high end end as threshold,
    -- Of the rule, not of the condition: one of any may fail and the rule pass.
    case
        when exists (select from unnest(v.clauses) as bits where b.failed & bits = bits) then 'drop'
        when exists (select from unnest(v.clauses) as bits where (b.failed | b.missing) & bits = bits)
            then r.when_unmeasured
        else 'keep'
    end as outcome
from catalog.run u
join catalog.run_clip_source c on c.run_id = u.run_id
cross join lateral (
    select bool_and(d.is_asked or d.is_later or d.is_last) as is_complete,
           coalesce(bit_or(d.mask) filter (where d.fails), 0) as failed,
           coalesce(bit_or(d.mask) filter (where d.value is null and d.is_asked), 0) as missing,
           coalesce(bit_or(d.mask) filter (where not d.is_asked and not d.is_last), 0) as later
    from catalog.clip_conditions(u.run_id, u.policy_hash, u.basis, c.clip_id) d
) b
join catalog.policy_rule r on r.policy_hash = u.policy_hash
cross join lateral (
    select * from catalog.policy_variant v
    where v.policy_hash = r.policy_hash and v.rule_ordinal = r.ordinal
      and (v.sources = '{}' or c.source = any(v.sources))
      and (v.where_bit is null or (b.failed | b.missing) & v.where_bit = 0)
    order by v.ordinal
    limit 1
) v
cross join lateral catalog.clip_conditions(u.run_id, u.policy_hash, u.basis, c.clip_id) n
where b.is_complete and n.is_asked and (v.where_bit is null or b.later & v.where_bit = 0)
  and exists (select from unnest(v.clauses) as bits where bits & n.mask <> 0);
comment on view catalog.decision is
    'each condition of each rule that a run''s policy asks of a clip: score, value, bounds, the side it fails on, and the rule''s outcome';
