"""The receipt of a run: what a figure was made from, by whom, how, and what was checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from forethought.data.gate import left_out_words
from forethought.insights.base import Check

# What pages look like changes no result, so it makes no run stale.
OUTSIDE_THE_RESULT = ("web", "cli", "testing")


@dataclass(frozen=True)
class DatasetRead:
    """One dataset as a run read it.

    Args:
        dataset: Name in the store.
        version: Version read.
        rows: Rows used.
        quarantined: Rows set aside in that version.
        quality: Overall score, 0-100.
        partner: Who delivered what was read.
        received: Day on which the version was made.
        basis: What allowed the reading (agreement or record of processing).
        columns: Columns read.
        left_out: Partner to why the rows they delivered were left out.
    """

    dataset: str
    name: str
    version: int
    rows: int
    quarantined: int
    quality: float
    worst: str
    partner: str
    received: str
    basis: str
    columns: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def left_out_words(self) -> tuple[str, ...]:
        """Whose rows were left out and why, a sentence for each reason."""
        return left_out_words(self.left_out)

    @property
    def partners(self) -> tuple[str, ...]:
        """Ids of the partners whose rows were read."""
        return tuple(self.partner.split(", "))


@dataclass(frozen=True)
class Receipt:
    """Everything needed to understand a run, and to make it again."""

    run_id: str
    label: str
    insight: str
    kind: str
    title: str
    question: str
    purpose: str
    owner: str
    review_by: str
    as_of: str
    seed: int
    settings: Mapping[str, Any]
    code_version: str
    code_hash: str
    made_at: str
    made_by: str
    seconds: float
    manifest: int
    reads: tuple[DatasetRead, ...]
    upstream: Mapping[str, str]
    checks: tuple[Check, ...]
    metrics: Mapping[str, float]
    digests: Mapping[str, str]
    minimum_count: int
    seconds_by_step: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every check of the run passed."""
        return all(check.passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Receipt:
        """The receipt that `as_json` wrote."""
        data = dict(value)
        data["reads"] = tuple(
            DatasetRead(**{**read, "columns": tuple(read["columns"])}) for read in data["reads"]
        )
        data["checks"] = tuple(Check(**check) for check in data["checks"])
        return cls(**data)


def run_identity(
    *,
    spec: Mapping[str, Any],
    versions: Mapping[str, str],
    fingerprints: Mapping[str, str],
    upstream: Mapping[str, str],
    as_of: date,
    code: str,
) -> str:
    """Hash of all that decides a result: the same question twice is a look-up.

    Args:
        spec: The specification.
        versions: Dataset to what is read of it: version, erasures, partners left out.
        fingerprints: Dataset to the hash of its contract.
        upstream: Insight to the run whose results are used.
        as_of: Last day that may be known.
        code: Hash of the code.
    """
    content = json.dumps(
        {
            "spec": spec,
            "versions": dict(sorted(versions.items())),
            "fingerprints": dict(sorted(fingerprints.items())),
            "upstream": dict(sorted(upstream.items())),
            "as_of": as_of.isoformat(),
            "code": code,
        },
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(content.encode()).hexdigest()


def run_name(insight: str, as_of: date, identity: str) -> str:
    """The id of a run: insight, month of the data, first digits of its identity."""
    return f"{insight}-{as_of:%y%m}-{identity[:8]}"


def run_label(insight: str, as_of: date, identity: str) -> str:
    """How pages write a run: `DEM-2610-1F9C`."""
    return f"{insight[:3].upper()}-{as_of:%y%m}-{identity[:4].upper()}"


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Hash of the package's sources, pages and commands apart."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if inside.parts[0] not in OUTSIDE_THE_RESULT:
            digest.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def instant(moment: datetime) -> str:
    """An instant as receipts write it."""
    return moment.isoformat(timespec="seconds")
