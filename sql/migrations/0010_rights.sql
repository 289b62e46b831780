-- Rights: what a source's terms allow, what a recipe asks of them, what a video's own manifest says, and takedowns.
-- depends: 0005_footage

alter table catalog.source_terms add column commercial boolean;
alter table catalog.source_terms add column redistribution boolean;
alter table catalog.source_terms add column derivative boolean;
alter table catalog.source_terms add column contact text;
comment on column catalog.source_terms.commercial is 'whether the terms allow commercial use; null where nobody has said';
comment on column catalog.source_terms.redistribution is 'whether copies may be passed on; null where nobody has said';
comment on column catalog.source_terms.derivative is 'whether changed copies may be made; null where nobody has said';
comment on column catalog.source_terms.contact is 'whom to ask about the rights';

create table catalog.run_demand (
    run_id text primary key references catalog.run,
    allow text[] not null,
    deny text[] not null,
    commercial boolean not null,
    redistribution boolean not null,
    derivative boolean not null
);
comment on table catalog.run_demand is 'what a run''s recipe asks of the terms of its sources; no row where it asks nothing';
comment on column catalog.run_demand.allow is 'licences, in small letters, % for any characters; all where empty';

create table catalog.training_claim (
    video_id uuid primary key references catalog.video,
    entries jsonb not null,
    refusal text,
    problem text,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now()
);
comment on table catalog.training_claim is 'what a video''s own C2PA manifest says on training; a row for every video that was asked';
comment on column catalog.training_claim.entries is 'list of manifest, assertion, entry, use and constraint; empty where it says nothing';
comment on column catalog.training_claim.refusal is 'why it may not be trained on, in a sentence; null where nothing forbids it';
comment on column catalog.training_claim.problem is 'why a manifest that is there could not be read';
create index training_claim_refusal on catalog.training_claim (video_id) where refusal is not null;

create table catalog.takedown (
    takedown_id uuid primary key,
    subject text not null check (subject in ('source', 'video', 'clip')),
    subject_id uuid not null,
    reason text not null check (reason <> ''),
    requested_by text not null,
    requested_at timestamptz not null default now()
);
comment on table catalog.takedown is 'what may be used no more, by content-made ids: the same bytes stay blocked wherever they come from';
create unique index takedown_subject on catalog.takedown (subject_id);

create table catalog.takedown_proof (
    takedown_id uuid not null,
    sequence bigint generated always as identity,
    body jsonb not null,
    recorded_at timestamptz not null default now(),
    primary key (takedown_id, sequence)
);
comment on table catalog.takedown_proof is 'what a takedown found and removed, each time that it was asked for, and that it was lifted; outlives it';

create table catalog.purged_shard (
    shard_id uuid primary key references catalog.shard,
    takedown_id uuid not null,
    purged_at timestamptz not null default now()
);
comment on table catalog.purged_shard is 'shards whose bytes a takedown removed from the store; versions that name them lack them';
