"""Licences as model and dataset cards name them, in the words of SPDX."""

import re
from collections.abc import Mapping
from typing import Any

SPDX = {
    "afl-3.0": "AFL-3.0", "agpl-3.0": "AGPL-3.0-only", "apache-2.0": "Apache-2.0", "artistic-2.0": "Artistic-2.0",
    "bsd": "BSD-3-Clause", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clause-clear": "BSD-3-Clause-Clear", "bsl-1.0": "BSL-1.0", "c-uda": "C-UDA-1.0", "cc": "LicenseRef-cc",
    "cc-by-2.0": "CC-BY-2.0", "cc-by-2.5": "CC-BY-2.5", "cc-by-3.0": "CC-BY-3.0", "cc-by-4.0": "CC-BY-4.0",
    "cc-by-nc-2.0": "CC-BY-NC-2.0", "cc-by-nc-3.0": "CC-BY-NC-3.0", "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nc-nd-3.0": "CC-BY-NC-ND-3.0", "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0", "cc-by-nc-sa-2.0": "CC-BY-NC-SA-2.0",
    "cc-by-nc-sa-3.0": "CC-BY-NC-SA-3.0", "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0", "cc-by-nd-4.0": "CC-BY-ND-4.0",
    "cc-by-sa-3.0": "CC-BY-SA-3.0", "cc-by-sa-4.0": "CC-BY-SA-4.0", "cc0-1.0": "CC0-1.0",
    "cdla-permissive-1.0": "CDLA-Permissive-1.0", "cdla-permissive-2.0": "CDLA-Permissive-2.0",
    "cdla-sharing-1.0": "CDLA-Sharing-1.0", "gfdl": "GFDL-1.3-or-later", "gpl-2.0": "GPL-2.0-only",
    "gpl-3.0": "GPL-3.0-only", "lgpl-3.0": "LGPL-3.0-only", "mit": "MIT", "mpl-2.0": "MPL-2.0",
    "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0", "unlicense": "Unlicense", "wtfpl": "WTFPL",
}  # fmt: skip
"""The hub's identifiers, of those under which data is published."""


def licence_of(card: Mapping[str, Any]) -> str | None:
    """The card's licence as an SPDX expression, LicenseRef-<name> for one that SPDX does not know; None for none."""
    said = card.get("license")
    several = [str(one).strip() for one in (said if isinstance(said, list) else [said]) if one]
    known = [_one(name, card) for name in several if name.lower() != "unknown"]
    return " AND ".join(known) or None


def _one(name: str, card: Mapping[str, Any]) -> str:
    if name.lower() == "other":
        name = str(card.get("license_name") or "other")
    return SPDX.get(name.lower()) or f"LicenseRef-{re.sub(r'[^A-Za-z0-9.+-]+', '-', name).strip('-')}"


def names_same(said: str, licence: str) -> bool:
    """Whether two expressions name the same licences, whatever their case and order."""
    return sorted(said.lower().split(" and ")) == sorted(licence.lower().split(" and "))
