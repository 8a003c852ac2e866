"""Erasure and retention: the two ways in which stored rows end."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from forethought.data.manifest import DatasetVersion, Part
from forethought.data.parts import PartFrames, refused_rows
from forethought.data.pseudonyms import Pseudonymiser, valid_nhs_number
from forethought.data.rewrite import ErasureReport, Rewrite
from forethought.data.separate import PERSON_ID, Identity
from forethought.data.vault import ERASED, ERASED_SCHEMA, PEOPLE, Vault
from forethought.errors import UsageError

if TYPE_CHECKING:
    from forethought.data.change import Change
    from forethought.data.store import Store

MONTHS = 12


def person_key(
    store: Store, *, nhs_number: str = "", partner: str = "", source_id: str = ""
) -> str:
    """The store's pseudonym of a person, for an erasure.

    Args:
        store: The open store.
        nhs_number: The person's NHS number; or
        partner: who knows the person, and
        source_id: under which id.

    Raises:
        UsageError: No valid NHS number, and no partner with an id.
    """
    pseudonymiser = Pseudonymiser(store.keys.sub_key("pseudonym"))
    known = Vault(store.path, store.keys, store.manifest()).people().of(partner)
    identity = Identity(partner, pseudonymiser, known)
    written = pl.DataFrame({"number": [nhs_number]}).select(valid_nhs_number(pl.col("number")))
    if number := written.item():
        return identity.by_number(number)
    if partner and source_id.strip():
        return known.get(source_id.strip()) or identity.by_source(source_id.strip())
    raise UsageError(
        "That is no valid NHS number." if nhs_number else "It does not say whom to erase.",
        remedy="Give an NHS number, or the partner and the partner's own id.",
    )


def erase(store: Store, person_id: str, *, at: datetime) -> ErasureReport:
    """Remove a person from every version, quarantine, landing and vault, for good.

    Later deliveries that still hold the person are taken in without those rows. Other people's
    references to the person become empty.

    Args:
        store: The open store.
        person_id: The store's pseudonym, from `person_key`.
        at: When it is done.
    """
    with store.writing() as change:
        people = change.vault.people()
        ids = _every_id(change, people.known, person_id)
        rewrite = Rewrite(change, _Person(change, ids))
        versions = rewrite.versions(change.manifest.versions)
        new = pl.DataFrame(
            {PERSON_ID: sorted(ids), "erased_on": [at.date()] * len(ids)}, schema=ERASED_SCHEMA
        )
        erased = pl.concat([change.vault.erased(), new])
        tables = {
            PEOPLE: people.without(ids).known,
            ERASED: erased.unique(PERSON_ID, keep="first", maintain_order=True),
        }
        report = rewrite.commit(versions, "erasure", at, tables)
    store.tidy()
    return report


def apply_retention(
    store: Store, *, as_of: date, at: datetime, dry_run: bool = False
) -> ErasureReport:
    """Remove what is older than its contract keeps it.

    A row goes once its recorded date is `retention_years` before `as_of`; a row without one,
    earlier versions, refused rows and landed files go by the date of receipt. The newest version
    of a dataset stays, with the rows it has left. Identifiers and known source ids of people
    without any row go too.

    Args:
        store: The open store.
        as_of: Day that the years are counted back from.
        at: When it is done.
        dry_run: Say what would go and change nothing.
    """
    with store.writing() as change:
        rewrite = Rewrite(change, _Age(as_of))
        kept = {
            name: tuple(v for v in versions if v is versions[-1] or not _too_old(v, as_of))
            for name, versions in change.manifest.versions.items()
        }
        versions = rewrite.versions(kept)
        if not versions:
            return ErasureReport(0, {}, 0, change.manifest.number)
        if dry_run:
            return rewrite.report(change.manifest.number)
        left = rewrite.people_left({**change.manifest.versions, **versions})
        known = change.vault.people().known
        tables = {PEOPLE: known.filter(pl.col(PERSON_ID).is_in(list(left)))}
        report = rewrite.commit(versions, "retention", at, tables)
    store.tidy()
    return report


def _every_id(change: Change, known: pl.DataFrame, person_id: str) -> frozenset[str]:
    """The person's id, and the ids that older versions or bare source ids would give them."""
    pseudonymiser = Pseudonymiser(change.keys.sub_key("pseudonym"))
    mine = known.filter(pl.col(PERSON_ID) == person_id)
    plain = (
        Identity(partner, pseudonymiser, {}).by_source(source_id)
        for partner, source_id in zip(mine["partner"], mine["source_id"], strict=True)
    )
    return frozenset({person_id, *plain})


@dataclass(frozen=True)
class _Person:
    """Cuts one person out."""

    change: Change
    ids: frozenset[str]

    def concerns(self, version: DatasetVersion, part: Part) -> bool:
        columns = _person_columns(version, part.schema)
        if columns:
            path = self.change.root / part.data.path
            if self._met(pl.read_parquet(path, columns=columns)):
                return True
        refused = refused_rows(self.change, part)
        return PERSON_ID in refused.columns and self._met(refused.select(PERSON_ID))

    def cut(self, version: DatasetVersion, _part: Part, frames: PartFrames) -> PartFrames:
        references = [n for n in _person_columns(version, frames.stored.schema) if n != PERSON_ID]
        stored = self._others(frames.stored).with_columns(
            pl.when(~pl.col(name).is_in(list(self.ids))).then(pl.col(name)) for name in references
        )
        identifiers = None if frames.identifiers is None else self._others(frames.identifiers)
        return PartFrames(stored, self._others(frames.refused), identifiers)

    def forgets(self, version: DatasetVersion, part: Part) -> bool:  # noqa: ARG002
        return False

    def _met(self, ids: pl.DataFrame) -> bool:
        return bool(ids.select(pl.any_horizontal(pl.all().is_in(list(self.ids))).any()).item())

    def _others(self, frame: pl.DataFrame) -> pl.DataFrame:
        if PERSON_ID not in frame.columns:
            return frame
        return frame.filter(~pl.col(PERSON_ID).is_in(list(self.ids)).fill_null(value=False))


@dataclass(frozen=True)
class _Age:
    """Cuts out what is older than its contract keeps it."""

    as_of: date

    def concerns(self, version: DatasetVersion, part: Part) -> bool:
        if version.retention_years is None:
            return False
        return bool(version.recorded_column) or (
            self._is_old(version, part) and part.quarantined > 0
        )

    def cut(self, version: DatasetVersion, part: Part, frames: PartFrames) -> PartFrames:
        limit = _limit(version, self.as_of)
        stored = frames.stored
        if version.recorded_column in stored.columns:
            recorded = (
                pl.col(version.recorded_column).cast(pl.Date).fill_null(part.received_at.date())
            )
            stored = stored.filter(recorded > limit)
        refused = frames.refused.clear() if self._is_old(version, part) else frames.refused
        identifiers = frames.identifiers
        if identifiers is not None and PERSON_ID in stored.columns:
            left = stored.select(PERSON_ID).unique()
            identifiers = identifiers.join(left, on=PERSON_ID, how="semi", nulls_equal=True)
        return PartFrames(stored, refused, identifiers)

    def forgets(self, version: DatasetVersion, part: Part) -> bool:
        return version.retention_years is not None and self._is_old(version, part)

    def _is_old(self, version: DatasetVersion, part: Part) -> bool:
        return part.received_at.date() <= _limit(version, self.as_of)


def _limit(version: DatasetVersion, as_of: date) -> date:
    """The last day whose rows are too old."""
    months = round((version.retention_years or 0) * MONTHS)
    year, month = divmod(as_of.year * MONTHS + as_of.month - 1 - months, MONTHS)
    return date(year, month + 1, min(as_of.day, monthrange(year, month + 1)[1]))


def _too_old(version: DatasetVersion, as_of: date) -> bool:
    if version.retention_years is None:
        return False
    return version.created_at.date() <= _limit(version, as_of)


def _person_columns(version: DatasetVersion, schema: Iterable[str]) -> list[str]:
    return [name for name in schema if version.pseudonyms.get(name) == "person"]
