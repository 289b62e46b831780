-- Vectors of clips, and batches of clips before their survivors are known.
-- depends: 0002_s3_source

create table catalog.embedding (
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    kind text not null check (kind in ('signal', 'model')),
    model text not null,
    revision text not null,
    dimension int not null check (dimension > 0),
    store_url text not null,
    object_key text not null,
    ordinal int not null check (ordinal >= 0),
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id)
);
comment on table catalog.embedding is 'where the vector of a clip lies; kind, model, revision and dimension say what made it, and only vectors alike in all four may be compared';
comment on column catalog.embedding.store_url is 'the store of the dataset whose run made it; other datasets use it too';
comment on column catalog.embedding.object_key is 'a Parquet file below that store';
comment on column catalog.embedding.ordinal is 'row of the file, 0-based';

alter table catalog.batch
    drop constraint batch_phase_check,
    add constraint batch_phase_check check (phase in ('ingest', 'videos', 'clips', 'survivors'));
