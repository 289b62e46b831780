"""Brings a database to the schema that this code expects."""

import yoyo

from tasks.core.catalog.connection import SQL, Catalog
from tasks.core.errors import SchemaMismatch
from tasks.core.model import content_hash


def migrate(catalog: Catalog) -> int:
    """The number of migrations applied; views are then replaced whole. Safe to run twice, and from many processes."""
    migrations = yoyo.read_migrations(str(SQL / "migrations"))
    with catalog.begin() as connection:
        # A lock that falls with the process that holds it; yoyo's own is a row, which a killed one leaves behind.
        connection.value("catalog/lock_migrations")
        backend = yoyo.get_backend(catalog.url.replace("postgresql+psycopg2://", "postgresql://"))
        backend.break_lock()
        with backend.lock():
            pending = backend.to_apply(migrations)
            backend.apply_migrations(pending)
            _replace_views(catalog)
    return len(pending)


def _replace_views(catalog: Catalog) -> None:
    """Drops and makes all views and functions, where their text is not what the database was last given."""
    texts = [path.read_text() for path in sorted((SQL / "views").glob("*.sql"))]
    mark = f"views {content_hash(''.join(texts))}"
    with catalog.begin() as connection:
        if connection.value("catalog/views_mark") == mark:
            return
        for row in connection.rows("catalog/drop_views"):
            connection.script(row["statement"])
        for text in texts:
            connection.script(text)
        connection.script(f"comment on schema catalog is '{mark}'")


def check_schema(catalog: Catalog) -> None:
    """Raises SchemaMismatch unless every migration of this code, and no other, has been applied."""
    known = {migration.id for migration in yoyo.read_migrations(str(SQL / "migrations"))}
    with catalog.begin() as connection:
        applied = {row["migration_id"] for row in connection.rows("catalog/applied_migrations")}
    if known != applied:
        raise SchemaMismatch(f"missing {sorted(known - applied)}, unknown {sorted(applied - known)}")
