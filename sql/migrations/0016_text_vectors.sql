-- Captions as vectors beside the clips of a tar.
-- depends: 0008_version

alter table catalog.shard add column text_key uuid;
comment on column catalog.shard.text_key is 'how the vectors of its captions were made; null for a tar without';
