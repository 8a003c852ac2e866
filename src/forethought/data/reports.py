"""What became of a delivered file, as told to the person who loaded it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NEW_VERSION, NO_CHANGE, REFUSED = "new version", "no change", "refused"
REASONS_SHOWN = 10


@dataclass(frozen=True)
class IngestReport:
    """What became of one delivered file.

    Args:
        dataset: Its dataset.
        part: `whole`, the partner, or the file's name.
        status: `new version`, `no change` or `refused`.
        version: Version of the dataset now; 0 where it has none.
        rows: Rows in the file.
        accepted: Rows stored.
        quarantined: Rows set aside.
        healed: Rows set aside before and stored now, by key or row number.
        reasons: The commonest reasons for which rows were set aside, at most ten.
        quality: Score by dimension and overall, 0-100.
        seconds: Time taken.
        manifest: Number of the manifest now.
        join: Rows by how the person is known.
        erased: Rows left out because the person was erased.
        notes: What was put right while reading, in words.
        also_changed: Other datasets in which people were recognised by an NHS number that this
            file brought, with their new versions.
    """

    dataset: str
    part: str
    status: str
    version: int
    rows: int
    accepted: int
    quarantined: int
    healed: tuple[str, ...]
    reasons: tuple[str, ...]
    quality: Mapping[str, Any]
    seconds: float
    manifest: int
    join: Mapping[str, int] = field(default_factory=dict)
    erased: int = 0
    notes: tuple[str, ...] = ()
    also_changed: Mapping[str, int] = field(default_factory=dict)
