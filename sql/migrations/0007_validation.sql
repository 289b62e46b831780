-- What a vision-language model said of clips, and batches of candidates that it has not seen.
-- depends: 0005_footage

create table catalog.validation (
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    model text not null,
    prompt_sha256 text not null,
    answers jsonb,
    text text not null,
    unmeasured text,
    attempts int not null check (attempts > 0),
    picture_count int not null check (picture_count > 0),
    prompt_tokens bigint not null check (prompt_tokens >= 0),
    answer_tokens bigint not null check (answer_tokens >= 0),
    wait_s double precision not null check (wait_s >= 0),
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id)
);
comment on table catalog.validation is 'what a model answered about a clip and what it cost; its numbers are the score of the scorer criteria';
comment on column catalog.validation.model is 'what answered: registry name and revision, or what the server calls it; the last one, where several attempts were made';
comment on column catalog.validation.prompt_sha256 is 'of the words of the question';
comment on column catalog.validation.answers is 'by criterion: answer, confidence, reason; null where no answer could be read';
comment on column catalog.validation.text is 'the last answer as it came, or why there was none';
comment on column catalog.validation.unmeasured is 'why there are no answers; null where there are';
comment on column catalog.validation.prompt_tokens is 'over all attempts; 0 where the server does not say';
comment on column catalog.validation.wait_s is 'from the first question to the last answer, in a queue with others';

alter table catalog.batch
    drop constraint batch_phase_check,
    add constraint batch_phase_check check (phase in ('ingest', 'videos', 'clips', 'candidates', 'survivors'));
