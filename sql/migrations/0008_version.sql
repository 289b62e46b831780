-- Where clips are placed, what a dataset leaves out and why, and versions that go back to older ones.
-- depends: 0005_footage

create table catalog.placement (
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    cell text,
    no_bin text,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id),
    check ((cell is null) <> (no_bin is null))
);
comment on table catalog.placement is 'the cell in which an encoded clip belongs, under the key of the bins (run_key `place`)';
comment on column catalog.placement.cell is 'as shard keys have it: axis_bin/axis_bin/...';
comment on column catalog.placement.no_bin is 'the axes that have no bin for it, and its values';
create index placement_no_bin on catalog.placement (stage_key, clip_id) where cell is null;

create table catalog.exclusion (
    dataset_id uuid not null references catalog.dataset,
    clip_id uuid not null references catalog.clip,
    sequence bigint generated always as identity,
    reason text check (reason in ('quota', 'no_bin')),
    detail text,
    run_id text references catalog.run,
    decided_at timestamptz not null default now(),
    primary key (dataset_id, clip_id, sequence)
);
comment on table catalog.exclusion is 'clips that are kept and that a dataset leaves out all the same; written when it changes; the latest sequence is current';
comment on column catalog.exclusion.reason is 'null: no longer left out';
comment on column catalog.exclusion.detail is 'which quota, which bin';
comment on column catalog.exclusion.run_id is 'the run that decided';

alter table catalog.dataset_version add column rolled_back_to int;
comment on column catalog.dataset_version.rolled_back_to is 'the older version whose content this one has again';
