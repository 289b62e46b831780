"""The migrations, one after the other, make the schema that `sql/schema.sql` shows."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from tasks.cli.local import postgres
from tasks.cli.local.postgres import Postgres
from tasks.core.catalog import Catalog, open_catalog
from tasks.core.catalog.connection import SQL
from tasks.core.catalog.migrate import check_schema, migrate
from tasks.core.errors import CatalogUnavailable, SchemaMismatch
from tests.fixtures.made_catalog import table

COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
       pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
from pg_attribute a
join pg_class c on c.oid = a.attrelid
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'catalog'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by 1, 2
"""
CONSTRAINTS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'catalog'::regnamespace order by 1, 2
"""
INDEXES = "select indexname, indexdef from pg_indexes where schemaname = 'catalog' order by 1"
TABLES = """
select relname, relkind, pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class')
from pg_class where relnamespace = 'catalog'::regnamespace and relkind in ('r', 'p', 'S') order by 1
"""


@pytest.fixture
def empty(postgres_server: Postgres) -> Catalog:
    postgres.query(postgres_server, "DROP DATABASE IF EXISTS empty WITH (FORCE)")
    postgres.query(postgres_server, "CREATE DATABASE empty")
    return open_catalog(postgres_server.url("empty"))


@pytest.mark.parametrize(
    "what", [COLUMNS, CONSTRAINTS, INDEXES, TABLES], ids=["columns", "constraints", "indexes", "tables"]
)
def test_migrations_make_the_schema(catalog: Catalog, empty: Catalog, what: str) -> None:
    with psycopg2.connect(empty.url) as connection, connection.cursor() as cursor:
        cursor.execute((SQL / "schema.sql").read_text())
    assert table(catalog, what) == table(empty, what)


def test_migrating_twice_changes_nothing(catalog: Catalog) -> None:
    assert migrate(catalog) == 0
    check_schema(catalog)


def test_views_are_replaced_whole_when_their_text_has_changed(catalog: Catalog) -> None:
    with catalog.begin() as connection:
        connection.script(
            "create view catalog.of_yesterday as select 1; comment on schema catalog is 'views of yesterday'"
        )
    migrate(catalog)
    assert table(catalog, "select to_regclass('catalog.of_yesterday')") == [(None,)]
    assert table(catalog, "select count(*) from catalog.run_video") == [(0,)]


def test_another_schema_is_refused_with_what_to_do(empty: Catalog) -> None:
    with pytest.raises(SchemaMismatch, match="clipmill catalog migrate"):
        check_schema(empty)


def test_every_foreign_key_and_hot_query_has_an_index(catalog: Catalog) -> None:
    """A stage's queries start from a batch, a run, a video, a clip or a key: each of those columns leads an index."""
    leading = {
        (name, columns)
        for name, columns in table(
            catalog,
            "select i.indrelid::regclass::text, a.attname from pg_index i "
            "join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]",
        )
    }
    for name, column in [
        ("batch_member", "batch_id"), ("span", "stage_key"), ("span", "clip_id"), ("crop_box", "stage_key"),
        ("score", "stage_key"), ("score", "clip_id"), ("rendition", "stage_key"), ("verdict", "policy_hash"),
        ("reservation", "stage_key"), ("reservation", "run_id"), ("clip", "video_id"), ("video_location", "video_id"),
        ("failure", "stage_key"), ("shard_member", "clip_id"), ("stage_run", "run_id"),
    ]:  # fmt: skip
        assert (f"catalog.{name}", column) in leading, (name, column)


def test_a_killed_migration_does_not_keep_the_next_one_out(empty: Catalog) -> None:
    migrate(empty)
    with psycopg2.connect(empty.url) as connection, connection.cursor() as cursor:
        cursor.execute("insert into yoyo_lock values (1, now(), 4242)")
    assert migrate(empty) == 0


def test_two_migrations_at_once_do_the_work_once(empty: Catalog) -> None:
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: migrate(open_catalog(empty.url)), range(2)))
    assert sorted(done)[0] == 0
    assert sorted(done)[1] > 0


def test_a_server_that_is_away_is_told_as_such() -> None:
    with pytest.raises(CatalogUnavailable):
        migrate(open_catalog("postgresql://nobody:x@127.0.0.1:1/none"))
