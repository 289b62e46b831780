-- What each takedown found and removed, object by object, and which takedowns were lifted: both outlive it.
-- depends: 0012_run_params

create table catalog.takedown_object (
    takedown_id uuid not null,
    kind text not null check (
        kind in ('original', 'rendition', 'vectors', 'captions', 'answers', 'shard', 'version', 'export')
    ),
    what text not null,
    clip_id uuid,
    parts bigint,
    sha256 text,
    size_bytes bigint,
    found_at timestamptz not null default now(),
    removed_at timestamptz,
    primary key (takedown_id, kind, what)
);
comment on table catalog.takedown_object is 'all that a takedown found, whatever became of it since';
comment on column catalog.takedown_object.what is 'the object''s address; of captions their id, of a model''s answers the key and the clip';
comment on column catalog.takedown_object.clip_id is 'the clip that it is of; null where it is of several';
comment on column catalog.takedown_object.parts is 'how many clips or vectors of it are concerned; null where it is one';
comment on column catalog.takedown_object.sha256 is 'as it was recorded when the object was made; null where it was not';
comment on column catalog.takedown_object.removed_at is 'null where it was left, or was made anew since';
create index takedown_object_rendition on catalog.takedown_object (clip_id) where kind = 'rendition';

create table catalog.takedown_lifting (
    takedown_id uuid not null,
    subject_id uuid not null,
    lifted_at timestamptz not null default now(),
    primary key (takedown_id, lifted_at)
);
comment on table catalog.takedown_lifting is 'takedowns that hold no more; who lifted them and why is in takedown_proof';
create index takedown_lifting_subject on catalog.takedown_lifting (subject_id, lifted_at);
