"""The catalog as the DAGs see it, in SQLite: the same queries, through Airflow's own SQL hook."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from airflow.providers.common.sql.hooks.sql import DbApiHook


class PretendCatalog(DbApiHook):
    """Answers from `catalog.db` and `behaviour.json` of a pretended house."""

    conn_name_attr = "clipmill_conn_id"
    supports_autocommit = False

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def get_conn(self) -> sqlite3.Connection:
        """A connection on which `catalog.batch` and `catalog.another_wave` exist, as far as SQLite can name them."""
        connection = sqlite3.connect(self.folder / "catalog.db")
        another = json.loads((self.folder / "behaviour.json").read_text()).get("another_wave", False)
        known = {run_id for (run_id,) in connection.execute("select run_id from run")}
        connection.create_function("another_wave", 1, lambda run_id: another if run_id in known else None)
        return connection

    def _run_command(self, cur: Any, sql_statement: str, parameters: Any) -> None:
        """Run a statement written for Postgres: no schemas here, and parameters are written `:name`."""
        super()._run_command(cur, re.sub(r"%\((\w+)\)s", r":\1", sql_statement.replace("catalog.", "")), parameters)
