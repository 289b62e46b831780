"""The catalog behind a real PgBouncer with the chart's settings, where one is installed (Debian's `pgbouncer`)."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from tasks.core.catalog import Catalog, open_catalog
from tests.fixtures.curated import RUN, curated
from tests.helm.chart import MINIMAL, one, render

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs pgbouncer")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    """Returns once somebody listens on the port."""
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("pgbouncer does not listen")


def settings(server: sqlalchemy.URL, folder: Path, port: int) -> str:
    """What the chart renders for this server, at a port and with files of this machine."""
    pooler = {"server": {"host": server.host, "port": server.port, "database": server.database}, "poolSize": 1}
    manifests = render(MINIMAL | {"pooler": {"enabled": True} | pooler})
    rendered = one(manifests, "ConfigMap", "clipmill-pooler")["data"]["pgbouncer.ini"]
    rendered = rendered.replace("listen_port = 5432", f"listen_port = {port}")
    return rendered.replace("/etc/clipmill/users", str(folder))


@pytest.fixture
def pooled(catalog_url: str, tmp_path: Path) -> Iterator[Catalog]:
    """A fresh catalog behind PgBouncer, which has one connection to the server."""
    server, port = sqlalchemy.make_url(catalog_url), free_port()
    # As root, PgBouncer will not run; it then takes the rights of `nobody`, who must be able to read.
    folder = Path("/tmp") / f"clipmill-pooler-{port}"
    folder.mkdir(mode=0o755)
    (folder / "userlist.txt").write_text(f'"{server.username}" "{server.password}"\n')
    (folder / "pgbouncer.ini").write_text(settings(server, folder, port))
    user = ["--user", "nobody"] if pwd.getpwuid(os.getuid()).pw_name == "root" else []
    process = subprocess.Popen([str(PROGRAM), "--quiet", *user, str(folder / "pgbouncer.ini")])
    try:
        wait_for(port)
        yield open_catalog(server.set(host="127.0.0.1", port=port).render_as_string(hide_password=False))
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def add_batch(catalog: Catalog, ordinal: int) -> str:
    """The id of a new batch, written by COPY into a temporary table, which lives for one transaction."""
    batch = f"{RUN}.more-{ordinal}"
    row = {"batch_id": batch, "run_id": RUN, "phase": "survivors", "ordinal": ordinal, "seconds": 1}
    with catalog.begin() as connection:
        connection.copy("batch", tuple(row), [tuple(row.values())])
    return batch


def test_clients_that_share_one_connection_do_not_disturb_each_other(pooled: Catalog, tmp_path: Path) -> None:
    curated(pooled, tmp_path)
    another = open_catalog(pooled.url)
    batches = [add_batch((pooled, another)[ordinal % 2], ordinal) for ordinal in range(8)]
    with another.begin() as connection:
        assert all(connection.value("work/batch_exists", batch=batch, run=RUN) for batch in batches)
        funnel = connection.rows("report/funnel", run=RUN)
    assert {row["flow"] for row in funnel if row["stage"] == "publish"} >= {"in", "out"}
    another.close()
    pooled.close()
