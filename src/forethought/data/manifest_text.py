"""The manifest as text: each part, rule list and schema stands once, whoever shares it.

Twelve partners a month are 144 new parts a year, each named by up to twelve versions of its
dataset; written out in full, a manifest would grow with the square of that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from forethought.data.staging import StoredFile
from forethought.data.versions import DatasetVersion, Erasure, Manifest, Part

MANIFEST_FORMAT = 1
PART_FILES = ("data", "refused", "refused_sealed", "identifiers", "landing")
PART_PLAIN = (
    "name",
    "partner",
    "source",
    "source_sha256",
    "layout",
    "contract_fingerprint",
    "rows",
    "quarantined",
    "join",
    "derived_from",
    "quality",
    "failing",
)
VERSION_PLAIN = (
    "dataset",
    "version",
    "contract_version",
    "contract_fingerprint",
    "pseudonyms",
    "recorded_column",
    "retention_years",
    "reason",
)


class _Once:
    """A list in which equal things stand once; gives each its place."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self._places: dict[str, int] = {}
        self._same: dict[int, tuple[Any, int]] = {}

    def place(self, thing: Any, written: Callable[[Any], Any] = lambda thing: thing) -> int:
        """The place of a thing, which is added, as `written`, if it is new."""
        known = self._same.get(id(thing))
        if known:
            return known[1]
        content = written(thing)
        text = json.dumps(content, sort_keys=True)
        place = self._places.setdefault(text, len(self.things))
        if place == len(self.things):
            self.things.append(content)
        self._same[id(thing)] = (thing, place)  # holding it keeps its id from being used again
        return place


def encode(manifest: Manifest) -> bytes:
    """The content that is signed: JSON with sorted keys and no blanks."""
    rules, schemas, parts = _Once(), _Once(), _Once()
    versions = {
        name: [_version_text(version, parts, rules, schemas) for version in held]
        for name, held in manifest.versions.items()
    }
    content = {
        "format": MANIFEST_FORMAT,
        "number": manifest.number,
        "created_at": manifest.created_at.isoformat(),
        "store_id": manifest.store_id,
        "previous": manifest.previous,
        "audit_head": manifest.audit_head,
        "versions": versions,
        "parts": parts.things,
        "rules": rules.things,
        "schemas": schemas.things,
        "vault": {name: _file_text(file) for name, file in manifest.vault.items()},
        "erasures": [_erasure_text(erasure) for erasure in manifest.erasures],
    }
    return canonical(content)


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON in its one form, so that a signature fits it again after reading."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode(content: Mapping[str, Any]) -> Manifest:
    """A manifest from its content.

    Raises:
        KeyError, TypeError, ValueError, IndexError: The content is not what `encode` writes.
    """
    rules = [tuple(rule) for rule in content["rules"]]
    parts = [_part(part, rules, content["schemas"]) for part in content["parts"]]
    return Manifest(
        number=content["number"],
        created_at=datetime.fromisoformat(content["created_at"]),
        store_id=content["store_id"],
        previous=content["previous"],
        audit_head=content["audit_head"],
        versions={
            name: tuple(_version(version, parts) for version in held)
            for name, held in content["versions"].items()
        },
        vault={name: StoredFile(*file) for name, file in content["vault"].items()},
        erasures=tuple(_erasure(erasure) for erasure in content["erasures"]),
    )


def _version_text(
    version: DatasetVersion, parts: _Once, rules: _Once, schemas: _Once
) -> dict[str, Any]:
    plain = {name: getattr(version, name) for name in VERSION_PLAIN}
    return {
        **plain,
        "created_at": version.created_at.isoformat(),
        "parts": [
            parts.place(part, lambda part: _part_text(part, rules, schemas))
            for part in version.parts.values()
        ],
    }


def _version(content: Mapping[str, Any], parts: list[Part]) -> DatasetVersion:
    held = [parts[place] for place in content["parts"]]
    return DatasetVersion(
        created_at=datetime.fromisoformat(content["created_at"]),
        parts={part.name: part for part in held},
        **{name: content[name] for name in VERSION_PLAIN},
    )


def _part_text(part: Part, rules: _Once, schemas: _Once) -> dict[str, Any]:
    plain = {name: getattr(part, name) for name in PART_PLAIN}
    files = {name: _file_text(getattr(part, name)) for name in PART_FILES}
    return {
        **plain,
        **files,
        "received_at": part.received_at.isoformat(),
        "rules": rules.place(part.rules),
        # As pairs: the order of columns is part of a schema.
        "schema": schemas.place(list(part.schema.items())),
    }


def _part(
    content: Mapping[str, Any], rules: list[tuple[Any, ...]], schemas: list[list[tuple[str, str]]]
) -> Part:
    files = {name: StoredFile(*content[name]) if content[name] else None for name in PART_FILES}
    changed: dict[str, Any] = {
        **{name: content[name] for name in PART_PLAIN},
        **files,
        "failing": tuple(content["failing"]),
        "received_at": datetime.fromisoformat(content["received_at"]),
        "rules": rules[content["rules"]],
        "schema": dict(schemas[content["schema"]]),
    }
    return Part(**changed)


def _file_text(file: StoredFile | None) -> list[Any] | None:
    return [file.path, file.sha256, file.bytes] if file else None


def _erasure_text(erasure: Erasure) -> dict[str, Any]:
    return {
        "at": erasure.at.isoformat(),
        "manifest": erasure.manifest,
        "why": erasure.why,
        "versions": {name: list(numbers) for name, numbers in erasure.versions.items()},
        "rows": erasure.rows,
    }


def _erasure(content: Mapping[str, Any]) -> Erasure:
    return Erasure(
        at=datetime.fromisoformat(content["at"]),
        manifest=content["manifest"],
        why=content["why"],
        versions={name: tuple(numbers) for name, numbers in content["versions"].items()},
        rows=content["rows"],
    )
