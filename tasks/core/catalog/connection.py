"""Short transactions on the catalog, and rows in bulk."""

import csv
import io
import json
import os
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import psycopg2
import sqlalchemy
from psycopg2 import errors as pg_errors
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from tasks.core.catalog.pieces import pieces
from tasks.core.errors import CatalogUnavailable, RowRefused, SchemaMismatch

SQL = Path(__file__).parents[3] / "sql"
URL_VARIABLE = "CLIPMILL_CATALOG_URL"

OTHER_SCHEMA = (
    pg_errors.UndefinedTable,
    pg_errors.UndefinedColumn,
    pg_errors.UndefinedFunction,
    pg_errors.InvalidSchemaName,
)

Row = Mapping[str, Any]


@cache
def _statement(name: str) -> sqlalchemy.TextClause:
    return sqlalchemy.text((SQL / "queries" / f"{name}.sql").read_text())


class Connection:
    """One open transaction. Statements are named by their file below sql/queries, without the ending."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        self._connection = connection
        self._copied: Generator[bytes, None, None] | None = None

    def rows(self, name: str, /, **values: Any) -> list[Row]:
        """All rows of a named query, as mappings by column."""
        return [dict(row) for row in self._connection.execute(_statement(name), values).mappings()]

    def row(self, name: str, /, **values: Any) -> Row | None:
        """The first row of a named query, or None."""
        found = self._connection.execute(_statement(name), values).mappings().first()
        return dict(found) if found is not None else None

    def run(self, name: str, /, **values: Any) -> int:
        """The number of rows that a named statement wrote."""
        return self._connection.execute(_statement(name), values).rowcount

    def value(self, name: str, /, **values: Any) -> Any:
        """The first column of the first row of a named query, or None."""
        return self._connection.execute(_statement(name), values).scalar()

    @staticmethod
    def json(value: Any) -> str:
        """The value as text for a `cast(... as jsonb)`."""
        return json.dumps(value)

    def script(self, text: str) -> None:
        """Runs several statements that take no values."""
        self._connection.connection.cursor().execute(text)

    def copied(self, name: str, /, rows: int, form: Literal["csv", "text"] = "csv", **values: Any) -> Iterator[bytes]:
        """The rows of a named query as COPY writes them, so many in a piece; the next piece comes meanwhile.

        Nothing else can be asked of the connection before the last one.
        """
        statement = _statement(name).compile(dialect=self._connection.dialect)
        driver = self._connection.connection
        cursor = driver.cursor()
        asked = cursor.mogrify(str(statement), statement.construct_params(values)).decode()
        copy = f"copy (\n{asked}\n) to stdout with (format {form})"
        self._copied = pieces(lambda file: cursor.copy_expert(copy, file), driver.cancel, rows)
        return self._copied

    def close(self) -> None:
        """Lets go of what is being copied and that nobody will take, so that the transaction can end."""
        if self._copied is not None:
            self._copied.close()

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, upsert: bool = True) -> int:
        """The number of new rows, written by COPY; with `upsert`, rows whose key is already there are left as they are.

        A value is copied as its text; a dict, list or tuple as JSON; None as null.
        """
        cursor = self._connection.connection.cursor()
        listed = ", ".join(columns)
        target = f"incoming_{table}" if upsert else f"catalog.{table}"
        if upsert:
            cursor.execute(f"drop table if exists pg_temp.{target}")
            cursor.execute(f"create temp table {target} on commit drop as select {listed} from catalog.{table} limit 0")
        cursor.copy_expert(f"copy {target} ({listed}) from stdin with (format csv, null '\\N')", _csv(rows))
        if upsert:
            cursor.execute(
                f"insert into catalog.{table} ({listed}) select {listed} from {target} on conflict do nothing"
            )
        return int(cursor.rowcount)


def _csv(rows: Iterable[Sequence[Any]]) -> io.StringIO:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_as_text(value) for value in row])
    text.seek(0)
    return text


def _as_text(value: Any) -> Any:
    if value is None:
        return "\\N"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value)
    return value


class Catalog:
    """A Postgres database with the schema `catalog`; any number of processes may hold one."""

    def __init__(self, url: str) -> None:
        self.url = url
        # One connection, and no session state on it: a transaction pooler stands between many pods and the server.
        self._engine = sqlalchemy.create_engine(
            sqlalchemy.make_url(url).set(drivername="postgresql+psycopg2"),
            pool_size=1,
            max_overflow=2,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "clipmill"},
        )

    def close(self) -> None:
        """Ends its connections; it can be used again."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction, committed at the end and rolled back on any error.

        Raises CatalogUnavailable when the server is gone, SchemaMismatch when a table or column is missing,
        RowRefused when a row breaks a rule of its table.
        """
        with self._told(), self._engine.begin() as connection, closing(Connection(connection)) as own:
            yield own

    @contextmanager
    def trial(self) -> Iterator[Connection]:
        """A transaction of which nothing stays, whatever is written in it; raises as `begin` does."""
        with self._told(), self._engine.connect() as connection, closing(Connection(connection)) as own:
            yield own
            connection.rollback()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the driver as our own."""
        try:
            yield
        except (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise CatalogUnavailable(_first_line(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise CatalogUnavailable(_first_line(error)) from error
            if isinstance(error.orig, OTHER_SCHEMA):
                raise SchemaMismatch(_first_line(error)) from error
            if isinstance(error, IntegrityError | DataError):
                raise RowRefused(_first_line(error)) from error
            raise
        except (psycopg2.IntegrityError, psycopg2.DataError) as error:
            raise RowRefused(_first_line(error)) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]


def open_catalog(url: str | None = None) -> Catalog:
    """The catalog at the URL, or at CLIPMILL_CATALOG_URL. Raises CatalogUnavailable when neither names one."""
    found = url or os.environ.get(URL_VARIABLE)
    if not found:
        raise CatalogUnavailable(f"set {URL_VARIABLE} to a postgresql:// URL, or `clipmill up` for a local one")
    return Catalog(found)


def as_uuid(value: Any) -> uuid.UUID:
    """The value as a UUID, whichever form the driver gave."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
