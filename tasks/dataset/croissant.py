"""A version's metadata as Croissant 1.1 (JSON-LD): each file with its sha256, and the columns of the index."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.dataset.facts import Facts
from tasks.dataset.version import PublishedVersion

UP = "../../.."
"""From the folder of the card to the root of the dataset."""
_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
    "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "conformsTo": "dct:conformsTo",
    **{term: f"cr:{term}" for term in _TERMS},
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
}
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def croissant_of(version: PublishedVersion, facts: Facts) -> str:
    """The JSON-LD, whose addresses are relative to the card's folder."""
    manifest = version.manifest
    body = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": manifest["dataset"],
        "description": f"{manifest['clips']} video clips, {manifest['hours']:g} hours.",
        "version": f"{version.number}.0.0",
        "identifier": f"sha256:{version.sha256}",
        "license": [_licence(name) for name in facts.licences],
        "url": f"{UP}/versions/{version.number:05d}/manifest.json",
        "prov:wasDerivedFrom": [_source(facts, share.of[0], share.of[1]) for share in facts.sources],
        "distribution": [_index(manifest), *(_shard(shard) for shard in manifest["shards"])],
        "recordSet": [_clips(version)],
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def _licence(name: str) -> str:
    """The licence's page at SPDX, or its expression where there is no one page."""
    is_listed = _SPDX.fullmatch(name) and not name.startswith("LicenseRef-") and name != "unknown"
    return f"https://spdx.org/licenses/{name}.html" if is_listed else name


def _source(facts: Facts, name: str, licence: str) -> dict[str, Any]:
    terms = facts.terms.get(name, {})
    said = {"@type": "prov:Entity", "sc:name": name, "sc:license": _licence(licence)}
    policy = (
        {"odrl:hasPolicy": {"@type": "odrl:Policy", "sc:description": terms["rights"]}} if terms.get("rights") else {}
    )
    return said | policy | ({"sc:url": terms["evidence"]} if terms.get("evidence") else {})


def _index(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return _file("index", manifest["index"], "application/x-parquet") | {"description": "One row for each clip."}


def _shard(shard: Mapping[str, Any]) -> dict[str, Any]:
    said = f"{shard['members']} clips of {shard['cell']}, as WebDataset."
    return _file(shard["key"], shard, "application/x-tar") | {"description": said}


def _file(name: str, entry: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": entry["key"].rpartition("/")[2],
        "contentUrl": f"{UP}/{entry['key']}",
        "contentSize": f"{entry['size_bytes']} B",
        "encodingFormat": kind,
        "sha256": entry["sha256"],
    }


def _clips(version: PublishedVersion) -> dict[str, Any]:
    with version.store.open(version.manifest["index"]["key"]) as file:
        schema = pq.read_schema(file)
    return {
        "@type": "cr:RecordSet",
        "@id": "clips",
        "name": "clips",
        "key": {"@id": "clips/clip_id"},
        "field": [_field(column) for column in schema],
    }


def _field(column: pa.Field) -> dict[str, Any]:
    kind = (
        "sc:Integer"
        if pa.types.is_integer(column.type)
        else "sc:Float"
        if pa.types.is_floating(column.type)
        else "sc:Text"
    )
    return {
        "@type": "cr:Field",
        "@id": f"clips/{column.name}",
        "name": column.name,
        "dataType": kind,
        "source": {"fileObject": {"@id": "index"}, "extract": {"column": column.name}},
    }
