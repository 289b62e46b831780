-- Writes down all that is concerned now. What was removed before and is there again is no longer told as removed.
insert into catalog.takedown_object (takedown_id, kind, what, clip_id, parts, sha256, size_bytes)
select :takedown, o.*
from (
    select distinct on (l.uri) 'original', l.uri, null::uuid, null::bigint, v.sha256, v.size_bytes
    from pg_temp.target_video t
    join catalog.video v on v.video_id = t.video_id
    join catalog.video_location l on l.video_id = t.video_id
    union all
    select 'rendition', rtrim(k.store_url, '/') || '/' || r.object_key, r.clip_id, null, r.sha256, r.size_bytes
    from pg_temp.target_clip c
    join catalog.rendition r on r.clip_id = c.clip_id
    join (
        select distinct k.stage_key, k.fingerprint ->> 'output' as store_url
        from catalog.run_key k where k.name = 'transcode'
    ) k on k.stage_key = r.stage_key
    union all
    select 'vectors', rtrim(v.store_url, '/') || '/' || v.object_key, null, v.vectors, null, null
    from pg_temp.target_vector v
    union all
    select 'captions', 'in the catalog', null, nullif(count(*), 0), null, null
    from pg_temp.target_clip c
    join catalog.caption n on n.clip_id = c.clip_id
    where exists (select from catalog.caption_window w where w.caption_id = n.caption_id)
    union all
    select 'answers', 'in the catalog', null, nullif(count(*), 0), null, null
    from pg_temp.target_clip c
    join catalog.validation a on a.clip_id = c.clip_id
    union all
    select 'shard', rtrim(d.store_url, '/') || '/' || s.object_key, null, m.clips, s.sha256, s.size_bytes
    from pg_temp.target_shard m
    join catalog.shard s on s.shard_id = m.shard_id
    join catalog.dataset d on d.dataset_id = s.dataset_id
    where not exists (select from catalog.purged_shard p where p.shard_id = m.shard_id)
    union all
    select 'version', rtrim(d.store_url, '/') || '/versions/' || lpad(v.version::text, 5, '0') || '/manifest.json',
           null, n.clips, v.manifest_sha256, null
    from pg_temp.target_version n
    join catalog.dataset_version v on v.dataset_id = n.dataset_id and v.version = n.version
    join catalog.dataset d on d.dataset_id = n.dataset_id
) o (kind, what, clip_id, parts, sha256, size_bytes)
where o.kind not in ('captions', 'answers') or o.parts is not null
on conflict (takedown_id, kind, what) do update
set removed_at = null, found_at = excluded.found_at, parts = excluded.parts
where takedown_object.removed_at is not null and excluded.kind in ('rendition', 'vectors', 'captions', 'answers')
