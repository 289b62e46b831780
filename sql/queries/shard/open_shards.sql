-- The shards to write anew where clips come or fall out, and how many clips lie in each: those not full, and full ones
-- with a clip that may not be used, which no later version may carry along.
select s.shard_id, (select count(*) from catalog.shard_member m where m.shard_id = s.shard_id) as members
from catalog.shard_current s
where s.dataset_id = :dataset
  and (
      not s.is_full
      or exists (
          select from catalog.shard_member m
          join catalog.clip c on c.clip_id = m.clip_id
          where m.shard_id = s.shard_id and catalog.why_blocked(:run, m.clip_id, c.video_id) is not null
      )
  )
order by s.recorded_at, s.shard_id
