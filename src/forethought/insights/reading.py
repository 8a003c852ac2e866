"""What a run reads, through the gate, and what its receipt says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from forethought.data.gate import left_out_words
from forethought.errors import AccessDenied
from forethought.insights.base import Insight, InsightSpec
from forethought.insights.programme import Programme
from forethought.insights.question import request_of
from forethought.insights.receipt import DatasetRead, Receipt

if TYPE_CHECKING:
    import polars as pl

    from forethought.data.contracts import Contract
    from forethought.data.reading import Read


@dataclass(frozen=True, eq=False)
class DataRead:
    """What a run read.

    Args:
        frames: Rows by dataset.
        reads: What the receipt says of each dataset.
        minimum_count: The strictest smallest count that may be published.
    """

    frames: dict[str, pl.DataFrame]
    reads: tuple[DatasetRead, ...]
    minimum_count: int


def read_data(
    programme: Programme,
    kind: Insight[Any],
    spec: InsightSpec,
    *,
    person: str,
    run_id: str,
    day: date,
    receipt: Receipt | None = None,
) -> DataRead:
    """Read all that an insight reads.

    Args:
        programme: The insight programme.
        kind: The insight's kind.
        spec: The insight.
        person: In whose name.
        run_id: Run that reads.
        day: Last day that the run may know of.
        receipt: Receipt whose versions to read again, without the partners that it left out.

    Raises:
        AccessDenied: The gate refuses, or leaves out rows that the receipt's run had read.
    """
    frames, reads, minimum = {}, [], 1
    earlier = {read.dataset: read for read in receipt.reads} if receipt else {}
    for dataset, columns in kind.reads(spec).items():
        request = request_of(spec, dataset, columns, person=person, run_id=run_id)
        before = earlier.get(dataset)
        got = programme.store.read(
            request,
            version=before.version if before else None,
            as_of=day,
            without=tuple(before.left_out) if before else (),
        )
        if before:
            _same_partners(before, got)
        frames[dataset] = got.frame
        minimum = max(minimum, got.decision.minimum_count)
        reads.append(_told(programme.contracts[dataset], columns, got))
    return DataRead(frames, tuple(reads), minimum)


def _same_partners(before: DatasetRead, got: Read) -> None:
    lost = {name: why for name, why in got.left_out.items() if name not in before.left_out}
    if lost:
        raise AccessDenied(
            f"What the run read may not be read again. {' '.join(left_out_words(lost))}",
            where=before.dataset,
            remedy="Renew the agreement, or run the insight anew: it then counts without them.",
        )


def _told(contract: Contract, columns: tuple[str, ...], got: Read) -> DatasetRead:
    return DatasetRead(
        dataset=contract.id,
        name=contract.name,
        version=got.version.version,
        rows=got.frame.height,
        quarantined=got.version.quarantined,
        quality=float(got.version.quality.get("overall", 0)),
        worst=str(got.version.quality.get("worst_critical", "")),
        partner=", ".join(dict.fromkeys(part.partner for part in got.version.parts.values())),
        received=str(got.version.created_at)[:10],
        basis=got.decision.basis,
        columns=tuple(columns),
        left_out=dict(got.left_out),
    )
