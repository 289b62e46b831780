-- For which windows others were asked, so that the rest of a clip's captions stand.
-- depends: 0006_caption

alter table catalog.caption add column released_for text[];
comment on column catalog.caption.released_for is
    'flags for which others were asked, unmeasured among them: windows without one stand; null while current, and where all are asked anew';
comment on column catalog.caption.prompt_tokens is
    'of all windows that were asked about for it, retries too; null where no model was asked';
