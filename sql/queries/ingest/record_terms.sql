-- Licence and rights of a source, where they are new or have changed.
insert into catalog.source_terms
    (source_id, licence, rights, evidence, contact, commercial, redistribution, derivative, stage_run_id)
select :source, :licence, :rights, :evidence, :contact, :commercial, :redistribution, :derivative, :stage_run_id
where not exists (
    select from catalog.source_terms_current t
    where t.source_id = :source
      and (t.licence, t.rights, t.evidence, t.contact, t.commercial, t.redistribution, t.derivative)
          is not distinct from (
              cast(:licence as text), cast(:rights as text), cast(:evidence as text), cast(:contact as text),
              cast(:commercial as boolean), cast(:redistribution as boolean), cast(:derivative as boolean)
          )
)
