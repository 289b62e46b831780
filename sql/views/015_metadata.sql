-- What a user's own table says of a video: it travels with its clips, where it is small enough.

create or replace view catalog.video_metadata as
select distinct on (l.video_id) l.video_id, l.metadata
from catalog.location_current l
where l.metadata is not null
order by l.video_id, l.seen_at desc, l.location_id;
comment on view catalog.video_metadata is 'the user''s own columns of each video, as they were told last';

create or replace function catalog.metadata_of(of_video uuid) returns jsonb
language sql stable as $$
    select m.metadata
    from catalog.video_metadata m
    where m.video_id = of_video and octet_length(m.metadata::text) <= 4096
$$;
comment on function catalog.metadata_of is 'the same of one video, where it is no more than 4 KiB: what shards and the index hold';
