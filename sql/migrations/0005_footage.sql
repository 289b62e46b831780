-- The same footage under another coding or size: known by a hash before it is embedded, so that one vector serves all.
-- depends: 0004_dedup

create table catalog.footage_hash (
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    bits bit(256) not null,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id)
);
comment on table catalog.footage_hash is 'by which the same footage is known again; a clip that has none says why in its score row';
comment on column catalog.footage_hash.bits is 'eight words of 32; copies share a word and differ in few bits of all';

create table catalog.same_footage (
    run_id text not null references catalog.run,
    clip_id uuid not null references catalog.clip,
    leader_id uuid not null references catalog.clip,
    differing_bits int not null check (differing_bits >= 0),
    primary key (run_id, clip_id)
);
comment on table catalog.same_footage is 'clips that a run does not embed: they are given the vector of a leader; found anew whenever clips are planned';

alter table catalog.embedding add column copied_from uuid references catalog.clip;
comment on column catalog.embedding.copied_from is 'the clip of the same footage whose vector it is; null for its own';
create index embedding_copied_from on catalog.embedding (copied_from) where copied_from is not null;
