"""Healing: rows that were set aside come in once their file or their contract is mended."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from forethought.data.manifest import Part
from forethought.data.parts import landed
from forethought.errors import NotFound, StoreError

if TYPE_CHECKING:
    from forethought.data.checks import Checked
    from forethought.data.contracts import Contract
    from forethought.data.reports import IngestReport
    from forethought.data.store import Store


def healed_rows(
    before: pl.DataFrame, checked: Checked, contract: Contract, *, same_file: bool
) -> tuple[str, ...]:
    """Rows that were refused before and are accepted now, each by its key or its row number.

    Args:
        before: Rows refused before, as text, with `source_row`.
        checked: The file as checked now.
        contract: Its contract; a key that holds an identifier is not shown.
        same_file: Whether the bytes are the same, so that row numbers mean the same rows.
    """
    key = [name for name in contract.key if name not in contract.identifiers]
    usable = bool(key) and key == list(contract.key)
    usable = (
        usable and set(key) <= set(before.columns) and set(key) <= set(checked.accepted.columns)
    )
    if same_file:
        healed = before.join(checked.accepted.select("source_row"), on="source_row", how="semi")
    elif usable:
        accepted = _as_text(checked.accepted, key)
        healed = _as_text(before, key).join(accepted, on=key, how="semi")
        if set(key) <= set(checked.refused.columns):
            healed = healed.join(_as_text(checked.refused, key), on=key, how="anti")
    else:
        return ()
    return tuple(_label(row, key if usable else []) for row in healed.iter_rows(named=True))


def _as_text(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return frame.with_columns(pl.col(key).cast(pl.String).str.strip_chars()).drop_nulls(key)


def _label(row: dict[str, object], key: list[str]) -> str:
    if key and all(row[name] is not None for name in key):
        return ", ".join(f"{name} {row[name]}" for name in key)
    return f"row {row['source_row']}"


def heal(
    store: Store, contract: Contract, *, as_of: date, received_at: datetime
) -> list[IngestReport]:
    """Check the landed files of a dataset again under a mended contract.

    Args:
        store: The open store.
        contract: The contract as it is now.
        as_of: Day that the checks take for today.
        received_at: When this is done.

    Returns:
        A report for each part; `no change` where the contract said the same before.

    Raises:
        NotFound: The store has no such dataset.
        StoreError: The landed file was removed by an erasure; the file must be delivered again.
    """
    from forethought.data.ingest import ingest

    held = store.history(contract.id)[-1]
    reports = []
    for part in held.parts.values():
        if part.partner not in contract.partners:
            raise NotFound(
                f"The contract no longer names {part.partner}, who delivered part {part.name}.",
                where=f"contract {contract.id}",
                remedy="Name the partner again.",
            )
        report = ingest(
            store,
            contract,
            Path(part.source),
            partner=part.partner,
            received_at=received_at,
            as_of=as_of,
            content=_landed(store, part),
        )
        reports.append(report)
    return reports


def _landed(store: Store, part: Part) -> bytes:
    if part.landing is None:
        raise StoreError(
            "The landed file was removed by an erasure or by retention.",
            where=f"part {part.name}",
            remedy="Ask the partner for the file, and load it.",
        )
    return landed(store.path, store.keys, part.landing)
