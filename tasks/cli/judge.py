"""Policies: judging anew without measuring anew, and looking before."""

from typing import TYPE_CHECKING

import typer

from tasks.cli.ask import AS_JSON, PANEL, RUN, print_json
from tasks.cli.catalog import catalog_at_hand
from tasks.cli.run import named_policy

if TYPE_CHECKING:
    from rich.console import Console

    from tasks.cli.change import Change
    from tasks.core.policy import Duplicates
    from tasks.report.funnel import Amount

judge_app = typer.Typer()
policy_app = typer.Typer(help="Policies: thresholds that turn scores into verdicts.", no_args_is_help=True)
POLICY = typer.Argument(metavar="POLICY", help="A shipped policy's name, or the path of a policy file.")


@judge_app.command(rich_help_panel=PANEL)
def judge(
    policy: str = typer.Option(..., "--policy", help="A shipped policy's name, or the path of a policy file."),
    run: str | None = RUN,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would change; nothing is written."),
    as_json: bool = AS_JSON,
) -> None:
    """Judge what is measured under another policy, and say what changes; no video is read.

    --json gives
    run, policy, before (the run's own policy); written (verdicts, 0 with --dry-run)
    judged, and outcomes: keep, drop, hold; each with clips and hours
    changes: before, after, clips, hours
    rules: rule, asks; alone, entering, after, only, unmeasured; newly_failing,
    newly_passing, no_longer_kept, newly_kept; each with clips and hours
    resolved: what drop_lowest and drop_highest came to
    copies, with --dry-run and other limits: set aside now, and then
    """
    from tasks.cli import change

    found = named_policy(policy)
    with catalog_at_hand() as catalog, catalog.trial() if dry_run else catalog.begin() as connection:
        foreseen = change.foresee(connection, found, run)
        set_aside = change.copies(connection, foreseen) if dry_run else None
        written = 0 if dry_run else change.judge(connection, foreseen)
    if as_json:
        copies = {} if set_aside is None else {"copies": [change.amount(one) for one in set_aside]}
        print_json({**change.as_json(foreseen), **copies, "written": written})
        return
    from tasks.cli.show import results

    console = results()
    show_change(foreseen, console)
    again = f"clipmill run {foreseen.run.recipe} --policy {policy}"
    console.print()
    if set_aside is not None:
        before, after = map(_said, set_aside)
        console.print(f"set aside as copies of better clips, of those kept: {before} now, {after} then")
    if dry_run:
        console.print(f"nothing was written; without --dry-run the verdicts are, and `{again}` does what newly passes")
    else:
        console.print(f"{written:,} verdicts written; `{again}` does what newly passes")


def show_change(change: "Change", console: "Console") -> None:
    """Prints what a policy makes of the clips, beside what the run's own made of them."""
    from tasks.cli.show import safe
    from tasks.core.policy import said_policy

    run, policy, found = change.run, change.applied.policy, change.effects
    before = safe(said_policy(run.policy, run.policy_version, run.policy_hash))
    console.print(f"[bold]{safe(policy.said)}[/] on {_said(found.judged)}  [dim]{safe(run.run_id)}[/]")
    for outcome in ("keep", "drop", "hold"):
        amount = found.became(outcome)
        if amount.count:
            console.print(f"  {outcome}  {_said(amount)}, {100 * found.share(amount):.1f} %")
    changed = {change: amount for change, amount in found.outcomes.items() if change[0] != change[1]}
    console.print(f"\nagainst {before}, the run's own:" + ("" if changed else " nothing changes"))
    for (old, new), amount in sorted(changed.items(), key=str):
        console.print(f"  {old or 'not judged'} to {new}  {_said(amount)}")
    console.print()
    console.print(_rules(change))
    for row in change.resolved:
        low, high = row["min_value"], row["max_value"]
        limits = " and ".join(
            f"{side} {value:.6g}" for side, value in (("min", low), ("max", high)) if value is not None
        )
        of = f" of {', '.join(row['sources'])}" if row["sources"] else ""
        console.print(f"resolved: {row['score']} {limits}, on {row['clip_count']:,} clips{safe(of)}")


def _rules(change: "Change") -> object:
    from tasks.cli.show import safe, table
    from tasks.report.wording import percent

    found = change.effects
    columns = ("alone", "after", "only", "newly fail", "no longer kept", "newly pass", "newly kept")
    rows = table("rule", "passes when", *columns, right=columns)
    for one in found.rules:
        shares = (percent(found.share(one.alone)), percent(found.share(one.after, one.entering)))
        changes = (one.only, one.newly_failing, one.no_longer_kept, one.newly_passing, one.newly_kept)
        rows.add_row(one.rule, safe(change.applied.asks(one.rule)), *shares, *(_brief(amount) for amount in changes))
    return rows


def _said(amount: "Amount") -> str:
    from tasks.report.wording import count, length

    return f"{count(amount.count, 'clips')}, {length(amount.seconds)}"


def _brief(amount: "Amount") -> str:
    from tasks.report.wording import length

    return f"{amount.count:,} ({length(amount.seconds)})" if amount.count else "0"


@policy_app.command("check")
def check(policy: str = POLICY) -> None:
    """Say whether a policy is right, and if not, which line is wrong and what is allowed."""
    from tasks.report.wording import count

    found = named_policy(policy)
    typer.echo(f"ok  {found.name} v{found.version}  {found.policy_hash[:12]}  {count(len(found.rules), 'rules')}")


@policy_app.command("list")
def list_policies(as_json: bool = AS_JSON) -> None:
    """List the policies that come with clipmill."""
    from tasks.core.policy import load_policy, shipped_policies

    policies = [load_policy(name) for name in shipped_policies()]
    if as_json:
        print_json([{"name": one.name, "version": one.version, "policy_hash": one.policy_hash,
                     "description": one.description.strip(), "rules": len(one.rules)} for one in policies])  # fmt: skip
        return
    from tasks.cli.show import results, safe, table

    rows = table("name", "version", "rules", "", right=("version", "rules"))
    for one in policies:
        rows.add_row(one.name, str(one.version), str(len(one.rules)), f"[dim]{safe(one.description.strip())}[/]")
    results().print(rows)


@policy_app.command("show")
def show(policy: str = POLICY, as_json: bool = AS_JSON) -> None:
    """Show the rules of a policy, in the order in which clips are told to fail them."""
    found = named_policy(policy)
    if as_json:
        print_json({**found.body, "policy_hash": found.policy_hash})
        return
    from tasks.cli.show import results, safe, table
    from tasks.report.policies import AppliedPolicy

    applied = AppliedPolicy(found, {})
    console = results()
    console.print(
        f"[bold]{found.name}[/] v{found.version}  [dim]{found.policy_hash[:12]}[/]\n{safe(found.description)}\n"
    )
    rows = table("rule", "passes when", "unmeasured", "because")
    for rule in found.rules:
        rows.add_row(rule.rule, safe(applied.asks(rule.rule)), rule.when_unmeasured, f"[dim]{safe(rule.because)}[/]")
        for of, asks, because in applied.overrides(rule.rule):
            rows.add_row("", f"{safe(of)}: {safe(asks)}", "", f"[dim]{safe(because)}[/]")
    if found.duplicates is not None:
        rows.add_row("copies", _copies(found.duplicates), "", f"[dim]{safe(found.duplicates.because)}[/]")
    console.print(rows)


def _copies(duplicates: "Duplicates") -> str:
    """From which similarity on a policy takes two clips for copies."""
    limits = {"": duplicates.similarity, "in one video ": duplicates.same_video}
    said = [f"{where}{kind} ≥ {limit:g}" for where, one in limits.items() for kind, limit in one if limit is not None]
    return ", ".join(said)
