-- Whether this catalog knows captions.
select to_regclass('catalog.run_caption') is not null
