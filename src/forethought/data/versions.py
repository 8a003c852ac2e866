"""What the store holds: parts, versions of datasets, and the manifest over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from forethought.data.staging import StoredFile


@dataclass(frozen=True)
class Part:
    """One delivery's share of a dataset: the whole of it, one partner's or one file's.

    Args:
        name: `whole`, the partner, or the file's name.
        partner: Who delivered it.
        source: Name of the file as it came.
        source_sha256: Hash of the file as it came.
        received_at: When it came.
        layout: Layout of the contract that it was read by.
        contract_fingerprint: Hash of the contract that it was checked by.
        rows: Accepted rows.
        quarantined: Refused rows.
        data: Accepted rows, pseudonymised (Parquet).
        refused: Refused rows: source row and rule ids (Parquet); None where there are none.
        refused_sealed: The refused rows' own text, sealed.
        identifiers: Identifiers of the accepted rows, sealed (vault).
        landing: The file as it came, sealed; None after an erasure or retention removed it.
        join: Rows by how the person is known.
        derived_from: Version of each reference dataset used.
        quality: Scores of this part.
        rules: What was checked: rule, dimension, severity, columns, description.
        failing: For each of them, the failing rows; None where it could not be evaluated.
        schema: Stored columns with their types.
    """

    name: str
    partner: str
    source: str
    source_sha256: str
    received_at: datetime
    layout: str
    contract_fingerprint: str
    rows: int
    quarantined: int
    data: StoredFile
    refused: StoredFile | None = None
    refused_sealed: StoredFile | None = None
    identifiers: StoredFile | None = None
    landing: StoredFile | None = None
    join: Mapping[str, int] = field(default_factory=dict)
    derived_from: Mapping[str, int] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    failing: tuple[int | None, ...] = ()
    schema: Mapping[str, str] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        """Rows that came."""
        return int(self.quality.get("rows", self.rows + self.quarantined))

    def files(self) -> Iterable[StoredFile]:
        """All files that this part stands on."""
        every = (self.data, self.refused, self.refused_sealed, self.identifiers, self.landing)
        return (file for file in every if file is not None)


@dataclass(frozen=True)
class DatasetVersion:
    """One version of a dataset; what it says in figures is added up over its parts.

    Args:
        dataset: Its name.
        version: 1, 2, ...
        created_at: When the newest of it was received.
        parts: By part name, in that order; a part that did not change points at the files it had.
        contract_version: Version of the contract that the newest part was checked by.
        contract_fingerprint: Hash of that contract.
        pseudonyms: Column to `person` or `household`: the columns that are re-keyed.
        recorded_column: Column that says when a row was recorded; empty where none does.
        retention_years: Years that a row is kept after it was recorded; None keeps it.
        reason: Why the version was made.
    """

    dataset: str
    version: int
    created_at: datetime
    parts: Mapping[str, Part]
    contract_version: str
    contract_fingerprint: str
    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    recorded_column: str = ""
    retention_years: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", dict(sorted(self.parts.items())))

    @cached_property
    def rows(self) -> int:
        """Accepted rows."""
        return sum(part.rows for part in self.parts.values())

    @cached_property
    def quarantined(self) -> int:
        """Refused rows."""
        return sum(part.quarantined for part in self.parts.values())

    @cached_property
    def schema(self) -> Mapping[str, str]:
        """Stored columns with their types, the newest part's first."""
        newest = sorted(self.parts.values(), key=lambda part: part.received_at, reverse=True)
        found: dict[str, str] = {}
        for part in newest:
            found |= {name: of for name, of in part.schema.items() if name not in found}
        return found

    @cached_property
    def quality(self) -> Mapping[str, Any]:
        """Scores 0-100 by dimension and `overall`, weighted by rows; the worst part's words."""
        parts = list(self.parts.values())
        if len(parts) == 1:
            return parts[0].quality
        worst = min(parts, key=lambda part: float(part.quality.get("overall", 100)))
        names = {name: None for part in parts for name in part.quality.get("scores", {})}
        scores = {
            name: _mean([(p, p.quality.get("scores", {}).get(name)) for p in parts])
            for name in names
        }
        return {
            **worst.quality,
            "scores": scores,
            "overall": _mean([(part, part.quality.get("overall")) for part in parts]),
            "rows": sum(part.delivered for part in parts),
        }

    @cached_property
    def rule_counts(self) -> tuple[Mapping[str, Any], ...]:
        """For each rule: rule, dimension, severity, columns, description, failing, share (0-1).

        `failing` and `share` are None where no part could evaluate the rule.
        """
        together: dict[str, dict[str, Any]] = {}
        for part in self.parts.values():
            for rule, failing in zip(part.rules, part.failing, strict=True):
                held = together.setdefault(rule["rule"], {**rule, "failing": None, "of": 0})
                if failing is not None:
                    held["failing"] = (held["failing"] or 0) + failing
                    held["of"] += part.delivered
        for held in together.values():
            rows, failing = held.pop("of"), held["failing"]
            held["share"] = None if failing is None else round(failing / max(rows, 1), 6)
        return tuple(together.values())

    @cached_property
    def join(self) -> Mapping[str, float]:
        """Shares of rows (0-1) by how the person is known.

        `nhs_number`, `source_id` and `none` sum to 1; `resolved` is the part of `source_id` that
        an NHS number seen elsewhere names; also `household`, and `area` where areas are derived.
        """
        parts = list(self.parts.values())
        rows = sum(part.join.get("rows", 0) for part in parts)
        names = {name: None for part in parts for name in part.join if name != "rows"}
        return {name: sum(p.join.get(name, 0) for p in parts) / max(rows, 1) for name in names}


def _mean(scores: list[tuple[Part, float | None]]) -> float:
    have = [(part.delivered, score) for part, score in scores if score is not None]
    weight = sum(rows for rows, _ in have)
    return round(sum(rows * score for rows, score in have) / weight, 2) if weight else 0.0


@dataclass(frozen=True)
class Erasure:
    """That rows were removed from versions already read; names nobody.

    Args:
        at: When.
        manifest: Manifest that took effect.
        why: `erasure` of a person, or `retention`.
        versions: Dataset to the versions that lost rows.
        rows: Rows removed, over all versions.
    """

    at: datetime
    manifest: int
    why: str
    versions: Mapping[str, tuple[int, ...]]
    rows: int


@dataclass(frozen=True)
class Manifest:
    """The snapshot of the whole store.

    Args:
        number: 0, 1, 2, ...; each write adds one.
        created_at: When it was written.
        store_id: Store that it belongs to.
        previous: SHA-256 of the file of the manifest before it; empty for the first.
        audit_head: Head of the audit chain at that moment.
        versions: Each dataset's versions, oldest first.
        vault: Sealed files of the vault by name.
        erasures: What was removed, oldest first.
    """

    number: int
    created_at: datetime
    store_id: str = ""
    previous: str = ""
    audit_head: str = ""
    versions: Mapping[str, tuple[DatasetVersion, ...]] = field(default_factory=dict)
    vault: Mapping[str, StoredFile] = field(default_factory=dict)
    erasures: tuple[Erasure, ...] = ()

    @cached_property
    def datasets(self) -> dict[str, DatasetVersion]:
        """The newest version of each dataset."""
        return {name: versions[-1] for name, versions in self.versions.items()}

    def files(self) -> dict[str, StoredFile]:
        """Every file that the manifest names, by path."""
        parts = (
            part
            for versions in self.versions.values()
            for version in versions
            for part in version.parts.values()
        )
        named = {file.path: file for part in parts for file in part.files()}
        return named | {file.path: file for file in self.vault.values()}
