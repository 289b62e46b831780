"""Links to what the catalog knows of a batch or run: the pages of `clipmill pages`, at CLIPMILL_PAGES_URL."""

import os
from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

PAGES_URL = os.environ.get("CLIPMILL_PAGES_URL", "").rstrip("/")
"""Where a person's browser finds the pages; empty where there are none."""


class CatalogPage(BaseOperatorLink):
    """The button on a task's page; Airflow shows it once a try has ended."""

    name = "Catalog page"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The page of the task's batch; of its run, where it has none."""
        return page_of(operator)


LINKS = (CatalogPage(),) if PAGES_URL else ()


def page_of(operator: Any) -> str:
    """The address of the page about a stage's batch or run, of a task whose templates are filled in."""
    if operator.batch is not None:
        return f"{PAGES_URL}/batches/{quote(operator.batch, safe='')}"
    return page_of_run(operator.arguments[operator.arguments.index("--run") + 1])


def page_of_run(run: str) -> str:
    """The address of the page about a run, by its id in the catalog."""
    return f"{PAGES_URL}/runs/{quote(run, safe='')}"


def told(operator: Any) -> None:
    """Says in a task's log where its page is, so that it is at hand while the task runs."""
    if PAGES_URL:
        operator.log.info("what became of it: %s", page_of(operator))


def in_docs() -> str:
    """What a task's documentation says of the pages, as Markdown."""
    if not PAGES_URL:
        return ""
    return (
        "\n\n**Its batches in the catalog:** the button *Catalog page* of a task that has run, and the first line of "
        f"its log, lead to the page of its batch; [all runs and batches]({PAGES_URL}/)."
    )
