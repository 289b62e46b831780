-- Clips that are alike: what has been compared, pairs, and clusters around the best copy.
-- depends: 0003_embedding

alter table catalog.run add column cluster_key uuid;
comment on column catalog.run.cluster_key is 'content-made name of what clusters are made by: pairs, policy, basis, the clips in question; null where the policy keeps duplicates';

create index embedding_file on catalog.embedding (object_key, store_url);

create table catalog.compared_file (
    stage_key uuid not null,
    store_url text not null,
    object_key text not null,
    vectors int not null check (vectors >= 0),
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, store_url, object_key)
);
comment on table catalog.compared_file is 'files of vectors that have been compared with all the others: their pairs are all there';

create table catalog.pair (
    stage_key uuid not null,
    clip_a uuid not null references catalog.clip,
    clip_b uuid not null references catalog.clip,
    sequence bigint generated always as identity,
    similarity real not null check (similarity between -1 and 1.0001),
    stage_run_id uuid not null,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_a, clip_b),
    check (clip_a < clip_b)
);
comment on table catalog.pair is 'clips whose vectors are alike, down to the floor in the key''s fingerprint';
comment on column catalog.pair.similarity is 'cosine of the two vectors';
create index pair_clip_b on catalog.pair (clip_b);
create index pair_clip_a on catalog.pair (clip_a);
create index pair_sequence on catalog.pair (stage_key, sequence);

create table catalog.cluster_member (
    cluster_key uuid not null,
    clip_id uuid not null,
    sequence bigint generated always as identity,
    representative_id uuid,
    similarity real,
    run_id text not null,
    decided_at timestamptz not null default now(),
    primary key (cluster_key, clip_id, sequence)
);
comment on table catalog.cluster_member is 'written when it changes; the latest sequence is current; a clip without a row is like no other that the policy keeps';
comment on column catalog.cluster_member.representative_id is 'the copy that is kept, which may be the clip itself; null where the clip is out of the question by now';
comment on column catalog.cluster_member.similarity is 'with the representative; null for itself';
create index cluster_member_representative on catalog.cluster_member (cluster_key, representative_id);

create table catalog.cluster_pass (
    cluster_key uuid primary key,
    pair_sequence bigint not null,
    run_id text not null,
    ended_at timestamptz not null default now()
);
comment on table catalog.cluster_pass is 'how far clusters have been settled; what has come since is looked at the next time';
comment on column catalog.cluster_pass.pair_sequence is 'pairs up to here have been looked at';
