-- The catalog as all migrations together make it: for reading, and held equal to them by a test.
--
-- A stage_key is the content-made name of "this stage with these settings, reading these other stages". An output's
-- key is (stage_key, subject): crop_box, score and rendition rows are outputs themselves; split has a row of its own
-- because a video may have no clip.

create schema catalog;

-- Words --------------------------------------------------------------------------------------------------------

create table catalog.stage (
    name text primary key,
    ordinal int not null unique,
    subject text not null check (subject in ('source', 'video', 'clip', 'dataset', 'run')),
    doc text not null
);
comment on column catalog.stage.subject is 'what one output of the stage is about';

-- Recipes, policies, runs -----------------------------------------------------------------------------------------

create table catalog.recipe (
    recipe_hash text primary key check (recipe_hash ~ '^[0-9a-f]{64}$'),
    name text not null,
    body jsonb not null,
    registered_at timestamptz not null default now(),
    is_variant boolean not null default false
);
comment on column catalog.recipe.is_variant is 'a named recipe with what was chosen for one run; its name goes on to mean the other';
create index recipe_name on catalog.recipe (name, registered_at desc);

create table catalog.policy (
    policy_hash text primary key check (policy_hash ~ '^[0-9a-f]{64}$'),
    name text not null,
    version int not null,
    body jsonb not null,
    registered_at timestamptz not null default now()
);

create table catalog.policy_rule (
    policy_hash text not null references catalog.policy,
    ordinal int not null,
    rule text not null check (rule ~ '^[a-z][a-z0-9_]*$'),
    when_unmeasured text not null check (when_unmeasured in ('keep', 'drop', 'hold')),
    primary key (policy_hash, ordinal),
    unique (policy_hash, rule)
);

create table catalog.policy_condition (
    policy_hash text not null references catalog.policy,
    ordinal int not null check (ordinal between 0 and 61),
    scorer text not null,
    score text not null,
    min_value double precision,
    max_value double precision,
    drop_lowest double precision check (drop_lowest > 0 and drop_lowest < 1),
    drop_highest double precision check (drop_highest > 0 and drop_highest < 1),
    sources text[] not null,
    primary key (policy_hash, ordinal)
);
comment on table catalog.policy_condition is 'holds when min_value <= value <= max_value; its bit is 1 << ordinal';
comment on column catalog.policy_condition.drop_lowest is 'instead of min_value: this share of clips is below the number that judging finds';
comment on column catalog.policy_condition.sources is 'whose clips that number is found on; all where empty';

create table catalog.policy_variant (
    policy_hash text not null,
    rule_ordinal int not null,
    ordinal int not null,
    sources text[] not null,
    where_bit bigint,
    clauses bigint[] not null,
    because text not null,
    primary key (policy_hash, rule_ordinal, ordinal),
    foreign key (policy_hash, rule_ordinal) references catalog.policy_rule
);
comment on table catalog.policy_variant is 'a rule as it is asked of some clips: of a rule''s variants, the first that applies';
comment on column catalog.policy_variant.sources is 'applies to clips of these sources; to all where empty';
comment on column catalog.policy_variant.where_bit is 'the condition that has to hold for it to apply; null for none';
comment on column catalog.policy_variant.clauses is 'bits of conditions: the rule passes when of each clause one condition holds';

create table catalog.policy_resolution (
    policy_hash text not null,
    basis uuid not null,
    condition int not null,
    sequence bigint generated always as identity,
    min_value double precision,
    max_value double precision,
    clip_count bigint not null,
    run_id text not null,
    resolved_at timestamptz not null default now(),
    primary key (policy_hash, basis, condition, sequence),
    foreign key (policy_hash, condition) references catalog.policy_condition
);
comment on table catalog.policy_resolution is 'numbers that drop_lowest and drop_highest came to; written when they change, the latest sequence is current';
comment on column catalog.policy_resolution.clip_count is 'clips that they were found on';
comment on column catalog.policy_resolution.run_id is 'the run whose clips were judged';

create table catalog.run (
    run_id text primary key,
    dag text not null,
    recipe_hash text not null references catalog.recipe,
    policy_hash text not null references catalog.policy,
    basis uuid not null,
    clip_limit int check (clip_limit > 0),
    started_at timestamptz not null default now(),
    closed_at timestamptz,
    cluster_key uuid,
    window_from timestamptz,
    window_to timestamptz,
    params jsonb not null default '{}',
    constraint run_window_check check (window_from < window_to)
);
comment on column catalog.run.run_id is 'DAG name, a dot, and the DAG run''s own id';
comment on column catalog.run.basis is 'content-made name of what the policy judges by: its scorers'' keys, and the clips where it depends on them';
comment on column catalog.run.cluster_key is 'content-made name of what clusters are made by: pairs, policy, basis, the clips in question; null where the policy keeps duplicates';
comment on column catalog.run.params is 'what was chosen when the run was triggered, where it is not the default';
comment on column catalog.run.clip_limit is 'videos the run may take at most; null for no limit';
comment on column catalog.run.window_from is 'files from this time on are listed, and their videos taken up; null for no bound';
comment on column catalog.run.window_to is 'files before this time are listed, and their videos taken up; null for no bound';
create index run_recipe on catalog.run (recipe_hash, started_at desc);

create table catalog.run_key (
    run_id text not null references catalog.run,
    name text not null,
    stage text not null references catalog.stage,
    stage_key uuid not null,
    fingerprint jsonb not null,
    primary key (run_id, name)
);
comment on column catalog.run_key.name is 'the stage, or filter.<scorer> for one scorer of it';
comment on column catalog.run_key.fingerprint is 'the settings, algorithm version and models that stage_key is made of';

-- Work: batches, reservations, attempts, stage runs, failures -----------------------------------------------------

create table catalog.batch (
    batch_id text primary key,
    run_id text not null references catalog.run,
    phase text not null check (phase in ('ingest', 'videos', 'clips', 'candidates', 'survivors')),
    ordinal int not null,
    seconds double precision not null,
    unique (run_id, phase, ordinal)
);
comment on column catalog.batch.seconds is 'seconds of video in it';

create table catalog.batch_member (
    batch_id text not null references catalog.batch,
    subject_id uuid not null,
    primary key (batch_id, subject_id)
);

create sequence catalog.fence;

create table catalog.reservation (
    stage_key uuid not null,
    subject_id uuid not null,
    batch_id text not null,
    run_id text not null,
    fence bigint not null,
    expires_at timestamptz not null,
    primary key (stage_key, subject_id)
);
comment on table catalog.reservation is 'who works on what; a lock, not a fact: the row goes when the work is recorded';
comment on column catalog.reservation.fence is 'grows with every taking; a writer whose number is gone writes nothing';
create index reservation_batch on catalog.reservation (batch_id);
create index reservation_run on catalog.reservation (run_id);

create table catalog.stage_run (
    stage_run_id uuid primary key,
    run_id text not null references catalog.run,
    stage text not null references catalog.stage,
    batch_id text references catalog.batch,
    host text not null,
    image text,
    code_revision text,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    exit_code int,
    done_count int,
    failed_count int,
    cpu_s double precision,
    error text,
    phase text
);
comment on column catalog.stage_run.phase is 'of `plan`, what was planned; null for all other stages';
comment on column catalog.stage_run.image is 'container image digest; null for a process on the machine itself';
comment on column catalog.stage_run.error is 'why it did not end well, in a sentence';
comment on column catalog.stage_run.cpu_s is 'CPU seconds of the process and its children';
create index stage_run_run on catalog.stage_run (run_id, stage);

create table catalog.attempt (
    stage text not null references catalog.stage,
    stage_key uuid not null,
    subject_id uuid not null,
    stage_run_id uuid not null references catalog.stage_run,
    attempt int not null,
    observed boolean not null default false,
    started_at timestamptz not null default now(),
    primary key (stage_key, subject_id, attempt)
);
comment on table catalog.attempt is 'attempts that have not ended; the row goes when the item is recorded';
comment on column catalog.attempt.observed is 'the item''s own process was seen to die, rather than the whole stage';

create table catalog.failure (
    failure_id uuid primary key,
    stage text not null references catalog.stage,
    stage_key uuid not null,
    subject_id uuid not null,
    kind text not null check (kind ~ '^[a-z][a-z0-9_]*$'),
    message text not null,
    tries int not null check (tries > 0),
    stage_run_id uuid not null references catalog.stage_run,
    failed_at timestamptz not null default now(),
    released_at timestamptz
);
comment on column catalog.failure.released_at is 'when someone asked for another try; open (quarantined) while null';
create unique index failure_open_once on catalog.failure (stage_key, subject_id) where released_at is null;
create index failure_kind on catalog.failure (kind) where released_at is null;

-- Sources and videos ----------------------------------------------------------------------------------------------

create table catalog.source (
    source_id uuid primary key,
    name text not null,
    kind text not null check (kind in ('folder', 's3', 'http', 'hf', 'rclone', 'ytdlp', 'manifest')),
    uri text not null
);

create table catalog.source_terms (
    source_id uuid not null references catalog.source,
    licence text not null,
    rights text not null,
    evidence text,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    commercial boolean,
    redistribution boolean,
    derivative boolean,
    contact text,
    primary key (source_id, recorded_at)
);
comment on column catalog.source_terms.licence is 'SPDX identifier or LicenseRef-...';
comment on column catalog.source_terms.rights is 'on what ground the material may be used, in words';
comment on column catalog.source_terms.commercial is 'whether the terms allow commercial use; null where nobody has said';
comment on column catalog.source_terms.redistribution is 'whether copies may be passed on; null where nobody has said';
comment on column catalog.source_terms.derivative is 'whether changed copies may be made; null where nobody has said';
comment on column catalog.source_terms.contact is 'whom to ask about the rights';

create table catalog.run_source (
    run_id text not null references catalog.run,
    source_id uuid not null references catalog.source,
    primary key (run_id, source_id)
);

create table catalog.video (
    video_id uuid primary key,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint check (size_bytes >= 0),
    info jsonb,
    duration_s double precision check (duration_s >= 0),
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now()
);
comment on table catalog.video is 'every file found, by its bytes, whatever it is';
comment on column catalog.video.sha256 is 'null where the bytes could not be read';
comment on column catalog.video.info is 'the probe''s VideoInfo; null where it is not a readable video (see failure)';
comment on column catalog.video.duration_s is 'as the container says; split records what decodes';

create table catalog.video_location (
    location_id uuid primary key,
    source_id uuid not null references catalog.source,
    video_id uuid not null references catalog.video,
    uri text not null,
    path text not null,
    size_bytes bigint,
    modified_at timestamptz,
    stage_run_id uuid not null references catalog.stage_run,
    seen_at timestamptz not null default now(),
    origin text,
    etag text,
    content_hash text check (content_hash ~ '^(sha256|md5):[0-9a-f]+$'),
    terms jsonb,
    metadata jsonb
);
comment on column catalog.video_location.path is 'below the source, as a person knows the file';
comment on column catalog.video_location.origin is 'where a fetched file came from; null for one that is read where it lies';
comment on column catalog.video_location.etag is 'what its place tells versions of the file apart by';
comment on column catalog.video_location.content_hash is 'hash of the bytes as its place gives it';
comment on column catalog.video_location.terms is 'licence, uploader, opt-outs and the like, as its place said them';
comment on column catalog.video_location.metadata is 'the user''s own columns for this file';
create index video_location_video on catalog.video_location (video_id);
-- The place of a file, of which the latest look counts.
create index video_location_source on catalog.video_location (source_id, md5(coalesce(origin, uri)), seen_at desc);
create index video_location_content_hash on catalog.video_location (content_hash) where content_hash is not null;

create table catalog.window_video (
    run_id text not null references catalog.run,
    video_id uuid not null references catalog.video,
    primary key (run_id, video_id)
);
comment on table catalog.window_video is 'of a run with a window, the videos that it holds: what the run takes up; the others are left to other runs';

create table catalog.listing (
    batch_id text primary key references catalog.batch,
    source_id uuid not null references catalog.source,
    cursor text,
    listed bigint not null,
    is_whole boolean not null default false,
    updated_at timestamptz not null default now()
);
comment on table catalog.listing is 'how far a batch has listed its source: all before the cursor is in the catalog';
comment on column catalog.listing.cursor is 'the source''s own word for the place; null where it can only begin anew';
comment on column catalog.listing.listed is 'files that the listing has told of so far';
comment on column catalog.listing.is_whole is 'whether it has come to the end';

-- Rights and takedowns ------------------------------------------------------------------------------------------

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
comment on column catalog.takedown_object.what is 'the object''s address; `in the catalog` for all captions, or all answers of models, together';
comment on column catalog.takedown_object.clip_id is 'the clip that it is of; null where it is of several';
comment on column catalog.takedown_object.parts is 'how many clips, vectors or captions of it are concerned; null where it is one';
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

-- Spans and clips -------------------------------------------------------------------------------------------------

create table catalog.split_output (
    stage_key uuid not null,
    video_id uuid not null references catalog.video,
    frame_count int not null,
    start_pts bigint not null,
    end_pts bigint not null,
    duration_s double precision not null,
    boundaries jsonb not null,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, video_id)
);
comment on column catalog.split_output.duration_s is 'seconds that really decode, first frame to end of last';
comment on column catalog.split_output.boundaries is 'list of Boundary: frame, kind, start_frame, end_frame, strength';

create table catalog.clip (
    clip_id uuid primary key,
    video_id uuid not null references catalog.video,
    start_pts bigint not null,
    end_pts bigint not null check (end_pts > start_pts),
    time_base_num int not null,
    time_base_den int not null,
    start_s double precision not null,
    duration_s double precision not null,
    stage_run_id uuid not null references catalog.stage_run
);
comment on column catalog.clip.start_pts is 'on the video stream''s own clock, in units of time_base seconds';
create index clip_video on catalog.clip (video_id);

create table catalog.span (
    stage_key uuid not null,
    video_id uuid not null,
    ordinal int not null,
    start_frame int not null,
    end_frame int not null check (end_frame >= start_frame),
    start_s double precision not null,
    duration_s double precision not null,
    reason text check (reason in ('transition', 'too_short', 'remainder')),
    clip_id uuid references catalog.clip,
    primary key (stage_key, video_id, ordinal),
    foreign key (stage_key, video_id) references catalog.split_output,
    check ((clip_id is null) = (reason is not null))
);
comment on table catalog.span is 'the spans of a video cover every second of it once';
comment on column catalog.span.end_frame is 'equals start_frame where a gap in the timestamps holds no frame';
create index span_clip on catalog.span (clip_id) where clip_id is not null;

create table catalog.crop_box (
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    x_px int not null,
    y_px int not null,
    width_px int not null check (width_px > 0),
    height_px int not null check (height_px > 0),
    confidence real not null check (confidence between 0 and 1),
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id)
);
comment on table catalog.crop_box is 'picture inside the black (or other) borders, in displayed pixels';

-- Scores and verdicts ---------------------------------------------------------------------------------------------

create table catalog.score (
    stage_key uuid not null,
    clip_id uuid not null,
    scorer text not null,
    numbers jsonb not null,
    unmeasured text,
    stage_run_id uuid not null,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id)
) partition by hash (clip_id);
comment on column catalog.score.numbers is 'score name to value; a name left out was not measured';
comment on column catalog.score.unmeasured is 'why numbers are missing; null when all are there';
create table catalog.score_0 partition of catalog.score for values with (modulus 8, remainder 0);
create table catalog.score_1 partition of catalog.score for values with (modulus 8, remainder 1);
create table catalog.score_2 partition of catalog.score for values with (modulus 8, remainder 2);
create table catalog.score_3 partition of catalog.score for values with (modulus 8, remainder 3);
create table catalog.score_4 partition of catalog.score for values with (modulus 8, remainder 4);
create table catalog.score_5 partition of catalog.score for values with (modulus 8, remainder 5);
create table catalog.score_6 partition of catalog.score for values with (modulus 8, remainder 6);
create table catalog.score_7 partition of catalog.score for values with (modulus 8, remainder 7);
create index score_clip on catalog.score (clip_id);

create table catalog.verdict (
    policy_hash text not null,
    basis uuid not null,
    clip_id uuid not null,
    sequence bigint generated always as identity,
    outcome text not null check (outcome in ('keep', 'hold', 'drop')),
    failed_rules text[] not null,
    unmeasured_rules text[] not null,
    run_id text not null,
    judged_at timestamptz not null default now(),
    primary key (policy_hash, basis, clip_id, sequence)
);
comment on table catalog.verdict is 'written when it changes; the latest sequence is current; catalog.judge alone writes it, with policy and run from the run''s own row, so neither is looked up again for each of a million clips';

-- The same footage ------------------------------------------------------------------------------------------------

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
create index validation_clip on catalog.validation (clip_id);

-- Embeddings -----------------------------------------------------------------------------------------------------

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
    copied_from uuid references catalog.clip,
    primary key (stage_key, clip_id)
);
comment on table catalog.embedding is 'where the vector of a clip lies; kind, model, revision and dimension say what made it, and only vectors alike in all four may be compared';
comment on column catalog.embedding.store_url is 'the store of the dataset whose run made it; other datasets use it too';
comment on column catalog.embedding.object_key is 'a Parquet file below that store';
comment on column catalog.embedding.ordinal is 'row of the file, 0-based';
comment on column catalog.embedding.copied_from is 'the clip of the same footage whose vector it is; null for its own';
create index embedding_copied_from on catalog.embedding (copied_from) where copied_from is not null;
create index embedding_clip on catalog.embedding (clip_id);
create index embedding_file on catalog.embedding (object_key, store_url);

-- Duplicates --------------------------------------------------------------------------------------------------------

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

-- Captions -----------------------------------------------------------------------------------------------------------

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
    released_at timestamptz,
    released_for text[]
);
comment on table catalog.caption is 'what was said of a clip under one key: its windows are in caption_window';
comment on column catalog.caption.caption_id is 'made from the key, the clip and every word, so that other words are another row';
comment on column catalog.caption.model is 'what said it: signals-1 where no model did';
comment on column catalog.caption.prompt_hash is 'sha256 of what was asked; null where no model was asked';
comment on column catalog.caption.prompt_tokens is 'of all windows that were asked about for it, retries too; null where no model was asked';
comment on column catalog.caption.released_at is 'when someone asked for others in its place; current while null';
comment on column catalog.caption.released_for is 'flags for which others were asked, unmeasured among them: windows without one stand; null while current, and where all are asked anew';
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

-- Renditions, shards, versions ------------------------------------------------------------------------------------

create table catalog.rendition (
    stage_key uuid not null,
    clip_id uuid not null references catalog.clip,
    object_key text not null,
    sha256 text not null,
    size_bytes bigint not null,
    width_px int not null,
    height_px int not null,
    frame_count int not null,
    frame_rate_num int not null,
    frame_rate_den int not null,
    duration_s double precision not null,
    codec text not null,
    pixel_format text not null,
    audio_codec text,
    is_copy boolean not null,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    primary key (stage_key, clip_id)
);
create index rendition_clip on catalog.rendition (clip_id);
comment on table catalog.rendition is 'the one encode of a survivor; object_key is below the dataset''s store';
comment on column catalog.rendition.is_copy is 'packets copied unchanged, not encoded again';

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

create table catalog.dataset (
    dataset_id uuid primary key,
    name text not null,
    store_url text not null
);

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

create table catalog.shard (
    shard_id uuid primary key,
    dataset_id uuid not null references catalog.dataset,
    cell text not null,
    object_key text not null,
    sha256 text not null,
    size_bytes bigint not null,
    is_full boolean not null,
    stage_run_id uuid not null references catalog.stage_run,
    recorded_at timestamptz not null default now(),
    text_key uuid
);
comment on column catalog.shard.text_key is 'how the vectors of its captions were made; null for a tar without';
comment on column catalog.shard.cell is 'resolution/aspect/length bins, as the key has them';
comment on column catalog.shard.is_full is 'full is final; the last open one of a cell is written anew when clips come';
create index shard_dataset on catalog.shard (dataset_id, cell);

create table catalog.shard_member (
    shard_id uuid not null references catalog.shard,
    ordinal int not null,
    clip_id uuid not null references catalog.clip,
    rendition_key uuid not null,
    offset_bytes bigint not null,
    size_bytes bigint not null,
    caption_id uuid,
    primary key (shard_id, ordinal)
);
comment on column catalog.shard_member.caption_id is 'the captions that lie beside the clip in the tar; null for none';
comment on column catalog.shard_member.offset_bytes is 'where the clip''s video file begins in the tar';
create index shard_member_clip on catalog.shard_member (clip_id);

create table catalog.shard_retirement (
    shard_id uuid primary key references catalog.shard,
    run_id text not null references catalog.run,
    stage_run_id uuid not null references catalog.stage_run,
    retired_at timestamptz not null default now()
);
comment on table catalog.shard_retirement is 'shards written anew since; older versions still refer to them';

create table catalog.dataset_version (
    dataset_id uuid not null references catalog.dataset,
    version int not null check (version > 0),
    parent_version int,
    run_id text not null references catalog.run,
    manifest_sha256 text not null,
    clip_count int not null,
    duration_s double precision not null,
    size_bytes bigint not null,
    stage_run_id uuid not null references catalog.stage_run,
    published_at timestamptz not null default now(),
    rolled_back_to int,
    primary key (dataset_id, version),
    check (parent_version is not distinct from nullif(version - 1, 0))
);
comment on column catalog.dataset_version.rolled_back_to is 'the older version whose content this one has again';

create table catalog.dataset_version_shard (
    dataset_id uuid not null,
    version int not null,
    shard_id uuid not null references catalog.shard,
    primary key (dataset_id, version, shard_id),
    foreign key (dataset_id, version) references catalog.dataset_version
);
create index dataset_version_shard_shard on catalog.dataset_version_shard (shard_id);

create table catalog.tombstone (
    dataset_id uuid not null,
    version int not null,
    shard_id uuid not null references catalog.shard,
    clip_id uuid not null references catalog.clip,
    reason text not null,
    primary key (dataset_id, version, shard_id, clip_id),
    foreign key (dataset_id, version) references catalog.dataset_version
);
comment on table catalog.tombstone is 'clips that lie in a version''s shards and are not part of the version';

create table catalog.purged_shard (
    shard_id uuid primary key references catalog.shard,
    takedown_id uuid not null,
    purged_at timestamptz not null default now()
);
comment on table catalog.purged_shard is 'shards whose bytes a takedown removed from the store; versions that name them lack them';
