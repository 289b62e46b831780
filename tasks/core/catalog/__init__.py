"""The catalog: the only door to Postgres. SQL lies in `sql/`; nothing here is decided by row-by-row code."""

from tasks.core.catalog.connection import Catalog, Connection, Row, open_catalog

__all__ = ["Catalog", "Connection", "Row", "open_catalog"]
