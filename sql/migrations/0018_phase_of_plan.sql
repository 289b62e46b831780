-- A run has one stage `plan` and plans several times: without the phase, `close` that ends well hid the plan that did not.
-- depends: 0017_clip_outputs

alter table catalog.stage_run add column phase text;
comment on column catalog.stage_run.phase is 'of `plan`, what was planned; null for all other stages';
