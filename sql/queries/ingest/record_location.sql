-- Where a file lies, and what its place says of it.
insert into catalog.video_location (
    location_id, source_id, video_id, uri, origin, path, size_bytes, modified_at, etag, content_hash, terms, metadata,
    stage_run_id
)
values (
    :location, :source, :video, :uri, :origin, :path, :size_bytes, :modified_at, :etag, :content_hash,
    cast(:terms as jsonb), cast(:metadata as jsonb), :stage_run_id
)
on conflict (location_id) do update
set video_id = excluded.video_id, uri = excluded.uri, origin = excluded.origin, terms = excluded.terms,
    metadata = excluded.metadata, stage_run_id = excluded.stage_run_id
where video_location.video_id <> excluded.video_id
