"""The card of a version and what goes with it: attribution, licences by source, the summary of training content."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tasks.core.amounts import size
from tasks.dataset.facts import SILENT, UNKNOWN, Facts, Share
from tasks.dataset.markdown import document, escaped, table
from tasks.dataset.version import PublishedVersion

VIDEO_FOLDER: Mapping[str, Any] = {"configs": [{"config_name": "default", "data_dir": "data"}]}
"""What the header says beyond the rest where videos lie in `data/` with a metadata.parquet."""
HUB_LICENCES = frozenset(
    {
        "apache-2.0", "bsd-3-clause", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0",
        "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0",
        "cc-by-sa-4.0", "cc0-1.0", "mit", "pddl", "unlicense",
    }
)  # fmt: skip
"""Licences for which the Hugging Face hub has a word of its own."""
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def card_of(
    version: PublishedVersion, facts: Facts, layout: Mapping[str, Any] | None = None, grid: str | None = None
) -> str:
    """The card in Markdown, with the hub's YAML header; `grid` names a picture of samples beside it."""
    manifest = version.manifest
    counted = f"{manifest['clips']} clips, {manifest['hours']:g} hours, {size(manifest['size_bytes'])}"
    return document(
        f"---\n{_header(version, facts, layout or {})}---",
        f"# {escaped(manifest['dataset'])}, version {version.number}",
        f"{counted}, curated by clipmill. Manifest: sha256 `{version.sha256}`.",
        f"![Some of its clips]({grid})" if grid else "",
        "## What is in it",
        table(("cell", "clips", "hours", "size"), (_amounts(share) for share in facts.cells)),
        table(("codec", "sound", "clips", "hours", "size"), (_amounts(share) for share in facts.codecs)),
        table(("frames a second", "clips", "hours", "size"), (_amounts(share) for share in facts.frame_rates)),
        "## Sources and licences",
        _sources(facts),
        "## How it was made",
        _funnel(facts),
        "## Known limits",
        "\n".join(f"- {limit}" for limit in _limits(version, facts)),
    )


def _header(version: PublishedVersion, facts: Facts, layout: Mapping[str, Any]) -> str:
    clips = version.manifest["clips"]
    category = next((word for most, word in _SIZES if clips < most), "10M<n<100M")
    header = {
        "pretty_name": f"{version.manifest['dataset']} v{version.number}",
        **_hub_licence(facts.licences),
        "task_categories": ["text-to-video", "image-to-video"],
        "tags": ["video"],
        "size_categories": [category],
        **layout,
    }
    return str(yaml.safe_dump(header, sort_keys=False, allow_unicode=True))


def _hub_licence(licences: list[str]) -> dict[str, str]:
    if len(licences) == 1 and licences[0].lower() in HUB_LICENCES:
        return {"license": licences[0].lower()}
    return {"license": "other", "license_name": " AND ".join(licences) or UNKNOWN, "license_link": "LICENCES.csv"}


def _amounts(share: Share) -> tuple[object, ...]:
    return (*share.of, share.clips, f"{share.hours:.3f}", size(share.size_bytes))


def _sources(facts: Facts) -> str:
    rows = [
        (*share.of, share.videos, share.clips, f"{share.hours:.3f}", *_grounds(facts, share)) for share in facts.sources
    ]
    return table(("source", "licence", "videos", "clips", "hours", "rights", "evidence"), rows)


def _grounds(facts: Facts, share: Share) -> tuple[str, str]:
    """On what ground the source is used, and where that can be looked up."""
    terms = facts.terms.get(share.of[0], {})
    return terms.get("rights") or "not noted", terms.get("evidence") or "none"


def _funnel(facts: Facts) -> str:
    if not facts.funnel:
        return "The funnel was not noted when this version was published."
    rows = [
        (row["stage"], row["unit"], row["flow"], row["reason"] or "", row["things"], f"{row['seconds'] / 3600:.3f}")
        for row in facts.funnel
    ]
    return table(("stage", "unit", "", "reason", "count", "hours"), rows)


def _limits(version: PublishedVersion, facts: Facts) -> Iterator[str]:
    """What whoever trains on it should know, as far as the version itself says it."""
    clips = version.manifest["clips"]
    if facts.captioned is None:
        yield "It has no captions in its index."
    elif facts.captioned < clips:
        yield f"{clips - facts.captioned} of its {clips} clips have no caption."
    total_s = sum(share.duration_s for share in facts.sources)
    if facts.sources and total_s and facts.sources[0].duration_s > total_s / 2:
        largest = facts.sources[0]
        yield f"{largest.duration_s / total_s:.0%} of its hours come from one source, {escaped(largest.of[0])}."
    without = sorted({share.of[0] for share in facts.sources if not facts.terms.get(share.of[0], {}).get("evidence")})
    if without:
        yield f"The licence of {', '.join(map(escaped, without))} is as the recipe says; no evidence was noted."
    if all(share.of[1] == SILENT for share in facts.codecs):
        yield "It has no sound."
    yield "Its clips were chosen by measured scores under thresholds; what no score measures was not looked at."
    yield "Persons, faces, number plates and other personal data are neither sought nor removed."


def attribution_of(version: PublishedVersion, facts: Facts) -> str:
    """Whom the clips come from, under which terms: to be kept with every copy."""
    named = f"{escaped(version.manifest['dataset'])}, version {version.number}"
    said = f"Clips of {named} (manifest sha256 `{version.sha256}`) were cut from the following sources, cropped, scaled"
    return document("# Attribution", f"{said} and encoded anew.", *(_credit(facts, share) for share in facts.sources))


def _credit(facts: Facts, share: Share) -> str:
    source, licence = share.of
    rights, evidence = _grounds(facts, share)
    lines = [
        f"## {escaped(source)}",
        "",
        f"- Licence: {escaped(licence)}",
        f"- Rights: {escaped(rights)}",
        f"- Evidence: {escaped(evidence)}",
        f"- Used: {share.clips} clips of {share.videos} videos, {share.hours:.3f} hours",
    ]
    return "\n".join(lines)


def licences_of(facts: Facts) -> str:
    """CSV of source, licence, rights, evidence, and how much each gives."""
    with io.StringIO(newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("source", "licence", "rights", "evidence", "videos", "clips", "duration_s", "size_bytes"))
        for share in facts.sources:
            amounts = (share.videos, share.clips, f"{share.duration_s:.3f}", share.size_bytes)
            rows.writerow((*share.of, *_grounds(facts, share), *amounts))
        return text.getvalue()
