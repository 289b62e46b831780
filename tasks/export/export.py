"""One export from beginning to end: what fits is written, what does not is listed with its reason."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tasks.core.errors import ExportRefused, StageRefused
from tasks.core.settings import Settings
from tasks.core.store import is_s3
from tasks.dataset.card import attribution_of, licences_of
from tasks.dataset.exported import begun, put_exported
from tasks.dataset.facts import facts_of
from tasks.dataset.version import PublishedVersion
from tasks.export.draft import REPORT, open_draft
from tasks.export.fit import Fitted, Misfit, fit
from tasks.export.sample import samples_of
from tasks.export.target import Job, Target

FORMAT = "clipmill-export-1"
LEFT_OUT = "left_out.csv"

OptionsT = TypeVar("OptionsT", bound=Settings)


@dataclass(slots=True)
class Tally:
    """What became of the clips of a version."""

    exported: int = 0
    encoded_anew: int = 0
    duration_s: float = 0.0
    left_out: list[Misfit] = field(default_factory=list)

    @property
    def reasons(self) -> dict[str, int]:
        """How many clips were left out for each reason."""
        return dict(sorted(Counter(misfit.reason for misfit in self.left_out).items()))

    def add(self, fitted: Fitted) -> None:
        """Counts a clip that is exported."""
        self.exported += 1
        self.encoded_anew += not fitted.is_as_published
        self.duration_s += fitted.duration_s


def export(
    version: PublishedVersion,
    target: Target[OptionsT],
    options: OptionsT,
    address: str,
    advance: Callable[[], object] = lambda: None,
    *,
    is_recorded: bool = True,
) -> dict[str, Any]:
    """What the export's report says, once it is at the address; `advance` is called for each clip looked at.

    Where it lies is written down in the version's store before anything is there: a takedown has to find it. Raises
    StageRefused where something is there already, ExportRefused where no clip fits or the trainer would not take it.
    """
    if is_s3(address) and not target.to_bucket:
        raise StageRefused(f"{target.name} has names that no store takes; export to a folder and copy that")
    tally = Tally()
    exported = begun(version, target.name, address)
    with open_draft(address) as draft:
        if is_recorded:
            put_exported(version.store, exported)
        samples = samples_of(_sifted(version, target, options, tally, advance))
        target.write(Job(version, options, draft, samples))
        _require_all(tally)
        facts = facts_of(version)
        draft.put("ATTRIBUTION.md", attribution_of(version, facts).encode())
        draft.put("LICENCES.csv", licences_of(facts).encode())
        draft.put(LEFT_OUT, _left_out(tally).encode())
        report = _report(version, target, options, tally) | {"files": draft.files, "size_bytes": draft.size_bytes}
        draft.path(REPORT).write_text(json.dumps(report, indent=1) + "\n")
    if is_recorded:
        left_out = tuple(one.clip_id for one in tally.left_out)
        put_exported(version.store, exported.ended(tally.exported, left_out))
    return report


def _sifted(
    version: PublishedVersion, target: Target[OptionsT], options: OptionsT, tally: Tally, advance: Callable[[], object]
) -> Iterator[Fitted]:
    demands = target.needs(options)
    for clip in version.clips():
        fitted = fit(clip, demands)
        misfit = fitted if isinstance(fitted, Misfit) else target.why_not(fitted, options)
        if misfit is not None:
            tally.left_out.append(misfit)
        elif isinstance(fitted, Fitted):
            tally.add(fitted)
            yield fitted
        advance()


def _require_all(tally: Tally) -> None:
    if not tally.exported:
        why = ", ".join(f"{count} {reason}" for reason, count in tally.reasons.items())
        raise ExportRefused(f"no clip of the version can be in it ({why or 'it has none'})")


def _left_out(tally: Tally) -> str:
    with io.StringIO(newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("clip_id", "reason", "detail"))
        rows.writerows((one.clip_id, one.reason, one.detail) for one in tally.left_out)
        return text.getvalue()


def _report(version: PublishedVersion, target: Target[OptionsT], options: OptionsT, tally: Tally) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "target": target.name,
        "options": options.model_dump(mode="json"),
        "dataset": version.manifest["dataset"],
        "version": version.number,
        "manifest_sha256": version.sha256,
        "clips": tally.exported,
        "duration_s": round(tally.duration_s, 6),
        "encoded_anew": tally.encoded_anew,
        "left_out": tally.reasons,
    }
