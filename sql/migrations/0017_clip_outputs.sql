-- What was made of one clip, whichever settings made it: `explain`, lineage and takedowns ask, and read all of it without.
-- Of captions and answers a takedown lists how many there are: what it removes of them are words, and their ids stay.
-- depends: 0015_takedown_object

create index rendition_clip on catalog.rendition (clip_id);
create index embedding_clip on catalog.embedding (clip_id);
create index validation_clip on catalog.validation (clip_id);

comment on column catalog.takedown_object.what is 'the object''s address; `in the catalog` for all captions, or all answers of models, together';
comment on column catalog.takedown_object.parts is 'how many clips, vectors or captions of it are concerned; null where it is one';
