-- What a person chose for a run; and recipes changed for one run, which their name does not mean.
-- depends: 0005_footage

alter table catalog.recipe add column is_variant boolean not null default false;
comment on column catalog.recipe.is_variant is 'a named recipe with what was chosen for one run; its name goes on to mean the other';

alter table catalog.run add column params jsonb not null default '{}';
comment on column catalog.run.params is 'what was chosen when the run was triggered, where it is not the default';
