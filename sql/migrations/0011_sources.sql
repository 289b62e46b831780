-- Sources that lie elsewhere: files fetched into the dataset's store, what their place says of them, and how far a
-- listing has come.
-- depends: 0010_rights

alter table catalog.source
    drop constraint source_kind_check,
    add constraint source_kind_check
        check (kind in ('folder', 's3', 'http', 'hf', 'rclone', 'ytdlp', 'manifest'));

alter table catalog.video_location
    add column origin text,
    add column etag text,
    add column content_hash text check (content_hash ~ '^(sha256|md5):[0-9a-f]+$'),
    add column terms jsonb,
    add column metadata jsonb;
comment on column catalog.video_location.origin is 'where a fetched file came from; null for one that is read where it lies';
comment on column catalog.video_location.etag is 'what its place tells versions of the file apart by';
comment on column catalog.video_location.content_hash is 'hash of the bytes as its place gives it';
comment on column catalog.video_location.terms is 'licence, uploader, opt-outs and the like, as its place said them';
comment on column catalog.video_location.metadata is 'the user''s own columns for this file';

-- The place of a file, of which the latest look counts.
drop index catalog.video_location_source;
create index video_location_source on catalog.video_location (source_id, md5(coalesce(origin, uri)), seen_at desc);
create index video_location_content_hash on catalog.video_location (content_hash) where content_hash is not null;

create table catalog.listing (
    batch_id text primary key references catalog.batch,
    source_id uuid not null references catalog.source,
    cursor text,
    listed bigint not null,
    is_whole boolean not null default false,
    updated_at timestamptz not null default now()
);
comment on table catalog.listing is 'how far a batch has listed its source: all before the cursor is in the catalog';
comment on column catalog.listing.cursor is 'the source''s own word for the place; null where it can only begin anew';
comment on column catalog.listing.listed is 'files that the listing has told of so far';
comment on column catalog.listing.is_whole is 'whether it has come to the end';

alter table catalog.run
    add column window_from timestamptz,
    add column window_to timestamptz,
    add constraint run_window_check check (window_from < window_to);
comment on column catalog.run.window_from is 'files from this time on are listed; null for no bound';
comment on column catalog.run.window_to is 'files before this time are listed; null for no bound';
