-- Licence and rights of a source, where they are new or have changed.
insert into catalog.source_terms (source_id, licence, rights, evidence, use, contact, stage_run_id)
select :source, :licence, :rights, :evidence, cast(:use as jsonb), :contact, :stage_run_id
where not exists (
    select from catalog.source_terms_current t
    where t.source_id = :source and t.licence = :licence and t.rights = :rights
      and t.evidence is not distinct from :evidence
      and t.use is not distinct from cast(:use as jsonb)
      and t.contact is not distinct from :contact
)
