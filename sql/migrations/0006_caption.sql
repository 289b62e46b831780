-- Captions of clips, by windows of time; and which captions lie beside a clip in its tar.
-- depends: 0005_footage

create table catalog.caption (
    caption_id uuid primary key,
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    model text not null,
    prompt_hash text check (prompt_hash ~ '^[0-9a-f]{64}$'),
    prompt_tokens bigint check (prompt_tokens >= 0),
    answer_tokens bigint check (answer_tokens >= 0),
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    released_at timestamptz
);
comment on table catalog.caption is 'what was said of a clip under one key: its windows are in caption_window';
comment on column catalog.caption.caption_id is 'made from the key, the clip and every word, so that other words are another row';
comment on column catalog.caption.model is 'what said it: signals-1 where no model did';
comment on column catalog.caption.prompt_hash is 'sha256 of what was asked; null where no model was asked';
comment on column catalog.caption.prompt_tokens is 'of all windows and retries together; null where no model was asked';
comment on column catalog.caption.released_at is 'when someone asked for others in its place; current while null';
create unique index caption_current_once on catalog.caption (stage_key, clip_id) where released_at is null;
create index caption_clip on catalog.caption (clip_id);

create table catalog.caption_window (
    caption_id uuid not null references catalog.caption,
    ordinal int not null check (ordinal >= 0),
    start_s double precision not null,
    end_s double precision not null check (end_s > start_s),
    short text,
    medium text,
    long text,
    structured jsonb,
    facts jsonb not null,
    flags jsonb not null,
    model text not null,
    unmeasured text check (unmeasured ~ '^[a-z][a-z0-9_]*$'),
    message text,
    primary key (caption_id, ordinal),
    check ((unmeasured is null) = (short is not null)),
    check ((short is null) = (medium is null) and (short is null) = (long is null))
);
comment on table catalog.caption_window is 'the windows of a clip cover it once, in order';
comment on column catalog.caption_window.start_s is 'seconds from the start of the clip';
comment on column catalog.caption_window.structured is 'the caption by subjects, setting, camera and actions; null where it was not asked for';
comment on column catalog.caption_window.facts is 'list of says, score, value, of (clip or window): what each statement of a caption without a model stands on';
comment on column catalog.caption_window.flags is 'list of words: length_outlier, repetition, boilerplate, near_duplicate, foreign, refusal, overlay_mention';
comment on column catalog.caption_window.unmeasured is 'why there is no caption; null where there is one';
comment on column catalog.caption_window.message is 'the same in a sentence; null where there is a caption';

alter table catalog.shard_member add column caption_id uuid;
comment on column catalog.shard_member.caption_id is 'the captions that lie beside the clip in the tar; null for none';
