-- What a dataset leaves out of what is kept, and why.

create or replace view catalog.exclusion_current as
select x.*
from catalog.exclusion x
where x.reason is not null
  and not exists (
      select from catalog.exclusion n
      where n.dataset_id = x.dataset_id and n.clip_id = x.clip_id and n.sequence > x.sequence
  );
comment on view catalog.exclusion_current is 'the clips that a dataset leaves out now';

create or replace function catalog.exclusion_of(of_dataset uuid, of_clip uuid)
returns table (reason text, detail text)
language sql stable rows 1 as $$
    select x.reason, x.detail
    from catalog.exclusion x
    where x.dataset_id = of_dataset and x.clip_id = of_clip
    order by x.sequence desc
    limit 1
$$;
comment on function catalog.exclusion_of is 'why a dataset leaves a clip out; a null reason or no row where it does not';
