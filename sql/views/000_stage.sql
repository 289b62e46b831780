-- The stages that stand; dags/clipmill_dags/stages.py is the list, and a test holds the two together.

insert into catalog.stage (name, ordinal, subject, doc) values
    ('plan', 1, 'run', 'registers a run, judges, reserves what is pending and cuts batches'),
    ('ingest', 2, 'source', 'lists sources, records licence and rights, hashes and probes every file'),
    ('split', 3, 'video', 'finds shot boundaries and cuts clips as spans'),
    ('crop', 4, 'clip', 'finds the picture inside black or other borders'),
    ('filter', 5, 'clip', 'measures clips: the scores that policies judge'),
    ('embed', 6, 'clip', 'vectors and model scores of the clips that the first scores let through'),
    ('dedup', 7, 'dataset', 'compares clips by their vectors: pairs that are alike'),
    ('validate', 8, 'clip', 'what a vision-language model says of the clips that the policy keeps so far'),
    ('caption', 9, 'clip', 'says in words what each survivor shows, by windows of time'),
    ('transcode', 10, 'clip', 'encodes each survivor once'),
    ('shard', 11, 'dataset', 'packs survivors into tars by resolution, aspect and length'),
    ('publish', 12, 'dataset', 'makes a new dataset version where something changed'),
    ('report', 13, 'run', 'writes the page that explains a run')
on conflict (name) do update set ordinal = excluded.ordinal, subject = excluded.subject, doc = excluded.doc;
