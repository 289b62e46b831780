"""Licences as video sites name them."""

import re
from collections.abc import Iterable

NONE = "NOASSERTION"
"""SPDX's word for a licence that nobody names."""
_ADDRESS = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?", re.I)
_FAMILY = re.compile(r"(by(?:-nc)?(?:-nd|-sa)?)", re.I)
_SPDX = re.compile(r"(CC|CC0|MIT|Apache|GPL|ODbL|ODC|CDLA|PDDL|LicenseRef)-[A-Za-z0-9.+-]+|Unlicense")


def licence_of(said: object) -> str:
    """The SPDX identifier; without a version (CC-BY) where the site names none, NOASSERTION for what is not known."""
    text = str(said or "").strip()
    if address := _ADDRESS.search(text):
        kind, name, version = address[1].lower(), address[2].lower(), address[3]
        if kind == "publicdomain":
            return "CC0-1.0" if name == "zero" else NONE
        return f"CC-{name.upper()}" + (f"-{version}" if version else "")
    if _SPDX.fullmatch(text):
        return text
    if _FAMILY.fullmatch(text):
        return f"CC-{text.upper()}"
    if re.fullmatch(r"creative commons attribution( license)?( \(reuse allowed\))?", text, re.I):
        return "CC-BY"
    return NONE


def is_allowed(licence: str, allowed: Iterable[str]) -> bool:
    """Whether it is one of those; one without a version is, where any version of it is."""
    return any(licence == one or re.fullmatch(re.escape(licence) + r"-\d\.\d", one) for one in allowed)
