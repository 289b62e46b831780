-- Leaves out what is over one quota, of those in its cells and sources that no quota before it left out.
with cell as (
    select unnest(cast(:cells as text[])) as cell, unnest(cast(:groups as text[])) as bins
),
ranked as (
    select c.clip_id,
           row_number() over w as place,
           sum(c.duration_s) over w as seconds
    from pg_temp.candidate c
    join cell on cell.cell = c.cell
    where c.detail is null and (cardinality(cast(:sources as text[])) = 0 or c.source = any(cast(:sources as text[])))
    window w as (
        partition by cell.bins, case when :per_source then c.source end, case when :per_video then c.video_id end
        order by c.quality desc nulls last, c.clip_id
        rows unbounded preceding
    )
)
update pg_temp.candidate c
set detail = :detail
from ranked r
where r.clip_id = c.clip_id and (r.place > :max_clips or r.seconds > :max_seconds)
