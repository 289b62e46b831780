"""The public summary of training content that the EU asks of providers of general-purpose AI models.

Its headings are those of the European Commission's template of July 2025 (Art. 53(1)(d) of Regulation (EU) 2024/1689).
What a dataset knows of itself is filled in; what only the provider of a model can say is left to that provider.
"""

from tasks.dataset.facts import Facts
from tasks.dataset.markdown import document, escaped, table
from tasks.dataset.version import PublishedVersion

TO_SAY = "*For the provider of the model to say.*"
KINDS = (
    "These are all sources of this dataset. Which of the template's kinds each is of is for the provider to say: "
    "publicly available datasets (2.1), private ones obtained from third parties (2.2), data crawled and scraped from "
    "online sources (2.3), user data (2.4), synthetic data (2.5) or other sources of data (2.6)."
)
CAPTIONS = "Its captions were made by machine; where a model of language wrote them, they are synthetic data (2.5)."
_HOURS = ((10_000, "less than 10 000 hours"), (1_000_000, "10 000 to 1 million hours"))
"""The template's sizes of video, each with what it ends below."""
PROCESSING = (
    "Videos were cut into shots; borders were cut off; clips were measured, and kept or dropped by thresholds; "
    "near-duplicates were left out where the policy says so; what is kept was encoded anew."
)


def summary_of(version: PublishedVersion, facts: Facts) -> str:
    """The summary in Markdown, as far as this dataset goes."""
    manifest = version.manifest
    return document(
        "# Public summary of training content",
        f"The part of dataset {escaped(manifest['dataset'])}, version {version.number} (manifest `{version.sha256}`).",
        "## 1. General information",
        "### 1.1 Provider identification",
        TO_SAY,
        "### 1.2 Model identification",
        TO_SAY,
        "### 1.3 Modalities, overall training data size and other characteristics",
        _modalities(version, facts),
        "## 2. List of data sources",
        KINDS,
        _sources(facts),
        CAPTIONS if facts.captioned else "",
        "## 3. Data processing aspects",
        "### 3.1 Respect of reservation of rights from text and data mining exception or limitation",
        f"Each source was taken in on the ground that the table above gives for it. {TO_SAY}",
        "### 3.2 Removal of illegal content",
        TO_SAY,
        "### 3.3 Other information (optional)",
        _processing(facts),
    )


def _modalities(version: PublishedVersion, facts: Facts) -> str:
    manifest, made = version.manifest, f"captions of {facts.captioned} clips, made by machine"
    size = next((words for below, words in _HOURS if manifest["hours"] < below), "more than 1 million hours")
    rows = [
        ("video", f"{size}: {manifest['hours']:g} hours", f"{manifest['clips']} clips"),
        *([("text", "not counted in tokens", made)] if facts.captioned else []),
    ]
    return table(("modality", "training data size", "types of content"), rows)


def _sources(facts: Facts) -> str:
    rows = []
    for share in facts.sources:
        terms = facts.terms.get(share.of[0], {})
        grounds = terms.get("rights") or "not noted", terms.get("evidence") or "none"
        rows.append((*share.of, *grounds, share.videos, f"{share.hours:.3f}"))
    return table(("source", "licence", "rights", "evidence", "videos", "hours"), rows)


def _processing(facts: Facts) -> str:
    dropped = {
        row["reason"]: row["things"] for row in facts.funnel if row["flow"] == "dropped" and row["unit"] == "clips"
    }
    return document(PROCESSING, table(("dropped for", "clips"), sorted(dropped.items())) if dropped else "").rstrip()
