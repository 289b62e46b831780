-- A source may lie in a bucket.
-- depends: 0001_catalog

alter table catalog.source
    drop constraint source_kind_check,
    add constraint source_kind_check check (kind in ('folder', 's3'));
