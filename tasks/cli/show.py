"""The funnel and the doctor's findings on a terminal."""

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tasks.cli.doctor import Diagnosis
from tasks.core.amounts import size
from tasks.core.policy import said_policy
from tasks.report.funnel import Amount, Funnel, Line, check_sums
from tasks.report.wording import MINUS, count, length, line_label, printable, rest_label

MARKS = {"ok": "[green]ok[/]", "note": "[cyan]note[/]", "wrong": "[bold red]wrong[/]"}
WIDTH_ELSEWHERE = 200
"""Columns."""


def results() -> Console:
    """The standard output; wide where it is no terminal, so that a program that reads it meets whole words."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_ELSEWHERE)


def safe(text: str) -> str:
    """Text from outside as it may be printed: no markup of ours, no control character of the terminal's."""
    return escape(printable(text))


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table without frame; the named columns are flushed right."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", no_wrap=name in right)
    return made


def show_funnel(funnel: Funnel, console: Console | None = None) -> None:
    """Prints the funnel, the dataset's newest version, and whether the sums are right."""
    console = console or results()
    run = funnel.run
    policy = f"policy {safe(said_policy(run.policy, run.policy_version, run.policy_hash))}"
    console.print(f"[bold]{safe(run.recipe)}[/]  {policy}  [dim]{safe(run.run_id)}[/]\n")
    lines = table("stage", "", "in", "length in", "out", "length out", right=("in", "length in", "out", "length out"))
    for line in funnel.lines:
        _add_line(lines, line)
    console.print(lines)
    console.print()
    for sentence in _closing(funnel):
        console.print(sentence)


def _add_line(lines: Table, line: Line) -> None:
    entered, left = _cells(line.entered), _cells(line.left)
    lines.add_row(f"[bold]{line_label(line)}[/]", "", *entered, *left)
    for rest in line.rest:
        label, cells = safe(rest_label(rest)), _cells(rest.amount, MINUS)
        lines.add_row("", f"[dim]{label}[/]", "", "", *(f"[dim]{cell}[/]" for cell in cells))


def _cells(amount: Amount, sign: str = "") -> tuple[str, str]:
    return f"{sign}{amount.count:,}", length(amount.seconds)


def _closing(funnel: Funnel) -> Iterator[str]:
    run = funnel.run
    where = f"dataset [bold]{safe(run.dataset)}[/] in {safe(run.store_url)}"
    if run.version is None:
        yield f"{where}: nothing published yet"
    else:
        holds = f"{count(run.version_clips, 'clips')}, {length(run.version_seconds)}, {size(run.version_bytes)}"
        by = "" if run.is_version_of_run else " (published by an earlier run)"
        yield f"{where}: version {run.version}{by}, {holds}"
    problems = check_sums(funnel)
    if not problems:
        yield "[green]in = out[/] in files, clips and seconds, through every stage"
    for problem in problems:
        yield f"[bold red]does not add up[/]  {safe(problem)}"


def show_diagnosis(diagnosis: Diagnosis, console: Console | None = None) -> None:
    """Prints the findings, each with what to do."""
    console = console or results()
    console.print(f"[dim]{safe(diagnosis.run_id or '')}[/]" if diagnosis.run_id else "[dim]no run[/]")
    found = table("", "check", "")
    for finding in diagnosis.findings:
        does = f"\n[dim]{safe(finding.do)}[/]" if finding.do else ""
        found.add_row(MARKS[finding.level], finding.check, safe(finding.says) + does)
    console.print(found)
    wrong = sum(finding.level == "wrong" for finding in diagnosis.findings)
    console.print("\n[green]all is well[/]" if not wrong else f"\n[bold red]{wrong} wrong[/]")
