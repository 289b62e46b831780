"""A small web server of read-only pages, made out of the catalog when they are asked for."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from tasks.core.catalog import Catalog, Connection
from tasks.core.errors import CatalogUnavailable, NotFound, SchemaMismatch
from tasks.core.log import get_log
from tasks.review.facts import read_batch, read_run, read_runs
from tasks.review.pages import batch_page, missing_page, run_page, runs_page

WELL = "/healthz"
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PageServer(ThreadingHTTPServer):
    """The server, bound and not yet serving. Where Airflow is, is asked for each page: it may move."""

    daemon_threads = True

    def __init__(self, catalog: Catalog, host: str, port: int, airflow_url: Callable[[], str | None]) -> None:
        super().__init__((host, port), _Pages)
        self.catalog = catalog
        self.airflow_url = airflow_url


def answer(catalog: Catalog, path: str, airflow_url: str | None) -> tuple[HTTPStatus, str]:
    """Status and page of a path."""
    if path == WELL:
        return HTTPStatus.OK, "well"
    try:
        with catalog.trial() as connection:
            page = _page(connection, path, airflow_url)
    except NotFound as error:
        return HTTPStatus.NOT_FOUND, missing_page(f"The catalog has no {error.detail}.")
    except (CatalogUnavailable, SchemaMismatch) as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, missing_page(str(error))
    return HTTPStatus.OK, page


def _page(connection: Connection, path: str, airflow_url: str | None) -> str:
    kind, _, name = path.strip("/").partition("/")
    name = unquote(name)
    if kind == "batches" and name:
        return batch_page(read_batch(connection, name), airflow_url)
    if kind == "runs" and name:
        return run_page(read_run(connection, name))
    if kind:
        raise NotFound(f"page {path!r}")
    return runs_page(read_runs(connection))


class _Pages(BaseHTTPRequestHandler):
    server_version = "clipmill"
    sys_version = ""
    server: PageServer

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        try:
            status, page = answer(self.server.catalog, path, self.server.airflow_url())
        except Exception:
            get_log().exception("page failed", path=path)
            status, page = HTTPStatus.INTERNAL_SERVER_ERROR, missing_page("This is a bug: the server's log says more.")
        body = page.encode("utf-8", "backslashreplace")
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is asked is nobody's business."""
