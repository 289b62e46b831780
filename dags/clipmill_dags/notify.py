"""Telling people of a run that failed: what failed, how much of it, the first reasons, and the command to look closer.

CLIPMILL_NOTIFIERS lists Airflow notifiers as JSON, each with its arguments, in which `{title}` and `{text}` stand for
what there is to say:

    [{"class": "airflow.providers.smtp.notifications.smtp.SmtpNotifier",
      "arguments": {"to": "team@example.org", "subject": "{title}", "html_content": "<pre>{text}</pre>"}}]
"""

import json
import logging
import os
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from jinja2 import Template

from clipmill_dags import pages
from clipmill_dags.catalog import failed_stages
from clipmill_dags.runtime import RUN

FIRST = 3
"""Reasons that are told; the command tells the others."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What there is to say of a run that failed."""

    title: str
    text: str


def on_run_failed(context: Any) -> None:
    """Says it in the log, and to everyone that CLIPMILL_NOTIFIERS names."""
    run = Template(RUN).render(context)
    message = told(run, str(context.get("reason") or ""), failed_stages(run))
    log.error("%s\n%s", message.title, message.text)
    for notifier in notifiers(message):
        notifier(context)


def told(run: str, reason: str, failed: list[tuple[str, str | None, str | None]]) -> Message:
    """The message of a run, given the stages that did not end well: stage, batch, last error."""
    title = f"clipmill: {run} failed"
    if not failed:
        # A step of Airflow's own, or a stage that was stopped before it could write a word.
        lines = [f"No stage says why ({reason or 'no reason given'}); the red task's log does."]
    else:
        batches = "1 stage or batch" if len(failed) == 1 else f"{len(failed)} stages or batches"
        lines = [f"{batches} did not end well:"]
    for stage, batch, error in failed[:FIRST]:
        where = f"{stage}, {batch.removeprefix(f'{run}.')}" if batch else stage
        lines.append(f"- {where}: {error or 'ended without a word'}")
    if len(failed) > FIRST:
        lines.append(f"- and {len(failed) - FIRST} more")
    lines.append(f"Look closer: clipmill doctor --run {run}")
    if pages.PAGES_URL:
        lines.append(f"Its batches: {pages.page_of_run(run)}")
    return Message(title, "\n".join(lines))


def notifiers(message: Message) -> list[Any]:
    """The notifiers of this installation with the message in their arguments. Raises ValueError for an unknown one."""
    return [
        _class(entry["class"])(**_filled(entry.get("arguments", {}), message))
        for entry in json.loads(os.environ.get("CLIPMILL_NOTIFIERS") or "[]")
    ]


def _class(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"CLIPMILL_NOTIFIERS: there is no notifier {path} ({error})") from error


def _filled(value: Any, message: Message) -> Any:
    if isinstance(value, dict):
        return {name: _filled(part, message) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, message) for part in value]
    if isinstance(value, str):
        return value.replace("{title}", message.title).replace("{text}", message.text)
    return value
