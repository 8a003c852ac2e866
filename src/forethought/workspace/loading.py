"""Load partners' files: from the inbox, or named one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import UsageError, did_you_mean
from forethought.workspace.wiring import Wiring, now

if TYPE_CHECKING:
    from forethought.data.contracts import Contract
    from forethought.data.ingest import IngestReport

INBOX = "inbox"


@dataclass(frozen=True)
class Delivery:
    """A file with the dataset and partner that it belongs to."""

    path: Path
    dataset: str
    partner: str


def load(
    wiring: Wiring,
    person: str,
    files: list[Path],
    *,
    dataset: str,
    partner: str,
    say: Callable[[str], None],
) -> list[IngestReport]:
    """Load files, open reference data first, since other files are read with it.

    Raises:
        UsageError: A file's dataset or partner cannot be told.
        DataError: A file cannot be read; what was loaded before it stays.
    """
    from forethought.data.ingest import ingest

    named = files or sorted((wiring.path / INBOX).glob("*/*/*"))
    if not named:
        raise UsageError(
            "There is no file to load.",
            where=INBOX,
            remedy="Put files into inbox/<partner>/<dataset>/, or name them.",
        )
    deliveries = [_delivery(wiring, path, dataset, partner) for path in named if path.is_file()]
    if not files:
        deliveries = newest_of_each(deliveries, wiring.contracts, say)
    reports = []
    for item in in_order(deliveries, wiring.contracts):
        started = time.perf_counter()
        report = ingest(
            wiring.store,
            wiring.contracts[item.dataset],
            item.path,
            partner=item.partner,
            received_at=now(),
            as_of=wiring.settings.day(),
        )
        wiring.audit.append(
            "ingest",
            person=person,
            subject=item.dataset,
            details={
                "partner": item.partner,
                "file": item.path.name,
                "status": report.status,
                "rows": report.rows,
                "quarantined": report.quarantined,
            },
        )
        say(f"{sentence(report)} {time.perf_counter() - started:.1f} s")
        reports.append(report)
    return reports


def newest_of_each(
    deliveries: Iterable[Delivery], contracts: dict[str, Contract], say: Callable[[str], None]
) -> list[Delivery]:
    """The inbox without files that a newer one of the same partner replaces; those are named.

    Newer is the last by name, as yearly and monthly files are named. A file passed over can be
    loaded by naming it.
    """
    kept: dict[tuple[str, str, str], Delivery] = {}
    for item in sorted(deliveries, key=lambda one: one.path.name):
        each = contracts[item.dataset].delivery == "part_per_file"
        key = (item.dataset, item.partner, item.path.name if each else "")
        if key in kept:
            passed = kept[key].path.name
            say(f"{item.dataset} ({item.partner}): {passed} passed over for {item.path.name}.")
        kept[key] = item
    return list(kept.values())


def in_order(deliveries: Iterable[Delivery], contracts: dict[str, Contract]) -> list[Delivery]:
    """Reference data (the least sensitive) first, the postcode directory before all."""
    return sorted(
        deliveries,
        key=lambda item: (
            item.dataset != "postcode_directory",
            contracts[item.dataset].sensitivity,
            item.dataset,
            item.partner,
            item.path.name,
        ),
    )


def sentence(report: IngestReport) -> str:
    """What loading one file came to, in one line."""
    if report.status == "no change":
        return f"{report.dataset} ({report.part}): no change, the same file as before."
    if report.status == "refused":
        reasons = "; ".join(str(reason) for reason in report.reasons[:3])
        return f"{report.dataset} ({report.part}): refused whole. {reasons}"
    healed = f", {len(report.healed):,} healed" if report.healed else ""
    return (
        f"{report.dataset} ({report.part}): version {report.version}, {report.accepted:,} rows, "
        f"{report.quarantined:,} set aside{healed}."
    )


def _delivery(wiring: Wiring, path: Path, dataset: str, partner: str) -> Delivery:
    resolved = path.resolve()
    inbox = (wiring.path / INBOX).resolve()
    if resolved.is_relative_to(inbox):
        parts = resolved.relative_to(inbox).parts
        if len(parts) == 3:  # noqa: PLR2004 - partner, dataset, file
            partner, dataset = partner or parts[0], dataset or parts[1]
    if dataset not in wiring.contracts:
        raise UsageError(
            f'No contract describes the dataset "{dataset}".'
            if dataset
            else "Which dataset is it?",
            where=path.name,
            remedy=did_you_mean(dataset, wiring.contracts)
            if dataset
            else "Say it with --dataset, or put the file into inbox/<partner>/<dataset>/.",
        )
    partners = wiring.contracts[dataset].partners
    if not partner and len(partners) == 1:
        partner = partners[0]
    if partner not in partners:
        raise UsageError(
            f'"{partner}" does not deliver {dataset}.' if partner else "Which partner is it from?",
            where=path.name,
            remedy=did_you_mean(partner, partners) or "Say it with --partner.",
        )
    return Delivery(path, dataset, partner)
