"""Ingestion: one delivered file becomes a new version of its dataset, or changes nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.data.heal import healed_rows
from forethought.data.manifest import DatasetVersion, Part, file_sha256
from forethought.data.parts import (
    PartFrames,
    Place,
    land,
    refused_rows,
    renamed_part,
    stage_part,
)
from forethought.data.pseudonyms import Pseudonymiser
from forethought.data.reports import (
    NEW_VERSION,
    NO_CHANGE,
    REASONS_SHOWN,
    REFUSED,
    IngestReport,
)
from forethought.data.separate import (
    POSTCODE_DIRECTORY,
    Identity,
    Separated,
    name_people,
    separate,
)
from forethought.data.staging import plain_name
from forethought.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from forethought.data.change import Change
    from forethought.data.checks import Checked
    from forethought.data.contracts import Contract
    from forethought.data.deliveries import Delivery
    from forethought.data.manifest import Manifest
    from forethought.data.store import Store
    from forethought.data.vault import People

__all__ = ["IngestReport", "ingest"]

WHOLE = "whole"
RULE_FIELDS = ("rule", "dimension", "severity", "columns", "description")


def ingest(
    store: Store,
    contract: Contract,
    path: Path,
    *,
    partner: str | None = None,
    received_at: datetime,
    as_of: date,
    references: Mapping[str, pl.DataFrame] | None = None,
    content: bytes | None = None,
) -> IngestReport:
    """Check a delivered file, part identifiers from the rest, and commit a new version.

    Args:
        store: The open store.
        contract: Contract of the dataset.
        path: The file as it came.
        partner: Who delivered it; needed where the contract names several.
        received_at: When it came.
        as_of: Day that the checks take for today.
        references: Reference datasets by name, instead of those in the store.
        content: The file's bytes, where they are in memory already.

    Raises:
        DataError: The file cannot be read at all, or there is no postcode directory.
        UsageError: The partner is missing, or none of the contract's.
        StoreError: Another process writes, or the disk refuses.
    """
    started = time.perf_counter()
    arrival = _Arrival(
        contract, path, content, _partner(contract, partner), received_at, as_of, references or {}
    )
    with store.writing() as change:
        return _Ingestion(change, arrival, store, started).run()


@dataclass(frozen=True, eq=False)
class _Arrival:
    """A file at the door, with what is known of it."""

    contract: Contract
    path: Path
    content: bytes | None
    partner: str
    received_at: datetime
    as_of: date
    references: Mapping[str, pl.DataFrame]

    @property
    def part(self) -> str:
        """Name of the part that the file becomes."""
        names = {"part_per_partner": self.partner, "part_per_file": self.path.stem}
        return names.get(self.contract.delivery, WHOLE)

    def sha256(self) -> str:
        """Hash of the file's bytes."""
        if self.content is not None:
            return hashlib.sha256(self.content).hexdigest()
        if not self.path.is_file():
            raise DataError(
                "There is no such file.", where=self.path.name, remedy="Check the inbox folder."
            )
        return file_sha256(self.path)


class _Ingestion:
    """One file on its way into the store."""

    def __init__(self, change: Change, arrival: _Arrival, store: Store, started: float) -> None:
        self._change = change
        self._arrival = arrival
        self._store = store
        self._started = started
        self._held = change.manifest.datasets.get(arrival.contract.id)
        self._before = self._held.parts.get(arrival.part) if self._held else None
        self._version = self._held.version + 1 if self._held else 1

    def run(self) -> IngestReport:
        arrival = self._arrival
        sha256 = arrival.sha256()
        if self._before and self._same(self._before, sha256):
            return self._no_change(self._before)
        delivery, checked = self._read_and_check()
        if delivery.sha256 != sha256:
            raise DataError(
                "The file changed while it was being read.",
                where=arrival.path.name,
                remedy="Wait until it has arrived whole, then load it again.",
            )
        if checked.is_refused_whole:
            return self._refused(delivery, checked)
        return self._commit(delivery, checked)

    def _same(self, before: Part, sha256: str) -> bool:
        held = self._held
        return (
            held is not None
            and before.source_sha256 == sha256
            and before.contract_fingerprint == self._arrival.contract.fingerprint
            and before.derived_from == self._derived_from()
        )

    def _derived_from(self) -> dict[str, int]:
        areas = any(column.derive == "lsoa21" for column in self._arrival.contract.columns)
        if POSTCODE_DIRECTORY in self._arrival.references:
            return {}
        directory = self._change.manifest.datasets.get(POSTCODE_DIRECTORY)
        return {POSTCODE_DIRECTORY: directory.version} if areas and directory else {}

    def _commit(self, delivery: Delivery, checked: Checked) -> IngestReport:
        arrival, change = self._arrival, self._change
        people = change.vault.people()
        identity = self._identity(people)
        separated = separate(checked.accepted, arrival.contract, identity)
        refused = name_people(checked.refused, arrival.contract, identity).frame
        place = Place(arrival.contract.id, self._version, arrival.part)
        frames = PartFrames(separated.stored, refused, separated.identifiers)
        part = self._part(delivery, checked, separated, stage_part(change, place, frames))
        renames = {identity.by_source(text): who for text, who in separated.found.items()}
        versions = {arrival.contract.id: self._version_of(part, separated, renames)}
        others = self._others(renames)
        vault = {}
        if separated.found:
            known = people.with_new(arrival.partner, dict(separated.found)).known
            vault["people"] = change.vault.stage_table(
                change.staging, "people", known, change.number
            )
        healed = self._healed(delivery, checked)
        manifest = change.commit(self._histories({**versions, **others}), vault=vault)
        return self._report(delivery, checked, separated, manifest, others, healed)

    def _identity(self, people: People) -> Identity:
        arrival, change = self._arrival, self._change
        return Identity(
            partner=arrival.partner,
            pseudonymiser=Pseudonymiser(change.keys.sub_key("pseudonym")),
            known=people.of(arrival.partner),
            erased=frozenset(change.vault.erased()["person_id"]),
            directory=self._reference(POSTCODE_DIRECTORY, ("postcode", "lsoa21"))
            if self._derived_from()
            else arrival.references.get(POSTCODE_DIRECTORY),
        )

    def _read_and_check(self) -> tuple[Delivery, Checked]:
        from forethought.data.checks import check
        from forethought.data.deliveries import read_delivery

        file = self._arrival
        contract, day = file.contract, file.as_of
        delivery = read_delivery(file.path, contract, file.partner, content=file.content, as_of=day)
        wanted: dict[str, set[str]] = {}
        for dataset, column in (rule.reference for rule in contract.rules if rule.reference):
            wanted.setdefault(dataset, set()).add(column)
        held = {name: self._reference(name, columns) for name, columns in wanted.items()}
        references = {name: frame for name, frame in held.items() if frame is not None}
        return delivery, check(delivery, contract, as_of=day, references=references)

    def _reference(self, dataset: str, columns: Iterable[str]) -> pl.DataFrame | None:
        """Columns of a reference dataset: the caller's, else the store's, if there are any."""
        if dataset in self._arrival.references:
            return self._arrival.references[dataset]
        held = self._change.manifest.datasets.get(dataset)
        if held is None or not set(columns) <= set(held.schema):
            return None
        return self._store.rows(held, columns)

    def _part(
        self, delivery: Delivery, checked: Checked, separated: Separated, files: dict[str, Any]
    ) -> Part:
        arrival = self._arrival
        landing = self._before.landing if self._before else None
        if landing is None or self._before.source_sha256 != delivery.sha256:  # type: ignore[union-attr]
            stamp = f"{arrival.received_at:%Y%m%dT%H%M%S}-{self._change.number}"
            name = f"{plain_name(arrival.path.name)}.sealed"
            landing = land(
                self._change,
                arrival.path if arrival.content is None else arrival.content,
                f"landing/{arrival.contract.id}/{stamp}/{name}",
            )
        counts = checked.rule_counts.to_dicts()
        return Part(
            name=arrival.part,
            partner=arrival.partner,
            source=arrival.path.name,
            source_sha256=delivery.sha256,
            received_at=arrival.received_at,
            layout=delivery.layout,
            contract_fingerprint=arrival.contract.fingerprint,
            landing=landing,
            join=separated.join,
            derived_from=self._derived_from(),
            quality=checked.quality.as_dict(),
            rules=tuple({name: count[name] for name in RULE_FIELDS} for count in counts),
            failing=tuple(count["failing"] for count in counts),
            **files,
        )

    def _version_of(
        self, part: Part, separated: Separated, renames: Mapping[str, str]
    ) -> DatasetVersion:
        contract, held = self._arrival.contract, self._held
        earlier = dict(held.parts) if held and contract.delivery != WHOLE else {}
        earlier.pop(part.name, None)
        pseudonyms = {**(held.pseudonyms if held else {}), **separated.pseudonyms}
        parts = self._renamed(contract.id, self._version, earlier, pseudonyms, renames)
        return DatasetVersion(
            dataset=contract.id,
            version=self._version,
            parts={**earlier, **parts, part.name: part},
            created_at=self._arrival.received_at,
            contract_version=contract.version,
            contract_fingerprint=contract.fingerprint,
            pseudonyms=pseudonyms,
            recorded_column=contract.timeliness_column,
            retention_years=contract.retention_years,
            reason=f"{part.source} from {part.partner}",
        )

    def _renamed(
        self,
        dataset: str,
        version: int,
        parts: Mapping[str, Part],
        pseudonyms: Mapping[str, str],
        renames: Mapping[str, str],
    ) -> dict[str, Part]:
        columns = [name for name, kind in pseudonyms.items() if kind == "person"]
        done = {
            name: renamed_part(self._change, Place(dataset, version, name), part, columns, renames)
            for name, part in parts.items()
            if part.partner == self._arrival.partner
        }
        return {name: part for name, part in done.items() if part}

    def _others(self, renames: Mapping[str, str]) -> dict[str, DatasetVersion]:
        """Datasets of the partner that know a person by a source id which now has a number."""
        changed = {}
        for name, held in self._change.manifest.datasets.items():
            if name == self._arrival.contract.id or not renames:
                continue
            version = held.version + 1
            parts = self._renamed(name, version, held.parts, held.pseudonyms, renames)
            if parts:
                changed[name] = replace(
                    held,
                    version=version,
                    parts={**held.parts, **parts},
                    created_at=self._arrival.received_at,
                    reason=f"people recognised through {self._arrival.contract.id}",
                )
        return changed

    def _histories(
        self, changed: Mapping[str, DatasetVersion]
    ) -> dict[str, tuple[DatasetVersion, ...]]:
        before = self._change.manifest.versions
        return {name: (*before.get(name, ()), version) for name, version in changed.items()}

    def _no_change(self, before: Part) -> IngestReport:
        return IngestReport(
            dataset=self._arrival.contract.id,
            part=before.name,
            status=NO_CHANGE,
            version=self._version - 1,
            rows=before.rows + before.quarantined,
            accepted=before.rows,
            quarantined=before.quarantined,
            healed=(),
            reasons=(),
            quality=before.quality,
            seconds=self._seconds(),
            manifest=self._change.manifest.number,
            join=before.join,
        )

    def _refused(self, delivery: Delivery, checked: Checked) -> IngestReport:
        return IngestReport(
            dataset=self._arrival.contract.id,
            part=self._arrival.part,
            status=REFUSED,
            version=self._version - 1,
            rows=delivery.rows,
            accepted=0,
            quarantined=checked.refused_rows,
            healed=(),
            reasons=checked.reasons(REASONS_SHOWN),
            quality=checked.quality.as_dict(),
            seconds=self._seconds(),
            manifest=self._change.manifest.number,
        )

    def _report(
        self,
        delivery: Delivery,
        checked: Checked,
        separated: Separated,
        manifest: Manifest,
        others: Mapping[str, DatasetVersion],
        healed: tuple[str, ...],
    ) -> IngestReport:
        return IngestReport(
            dataset=self._arrival.contract.id,
            part=self._arrival.part,
            status=NEW_VERSION,
            version=self._version,
            rows=delivery.rows,
            accepted=separated.stored.height,
            quarantined=checked.refused.height,
            healed=healed,
            reasons=checked.reasons(REASONS_SHOWN),
            quality=checked.quality.as_dict(),
            seconds=self._seconds(),
            manifest=manifest.number,
            join=separated.join,
            erased=separated.erased,
            notes=delivery.notes,
            also_changed={name: version.version for name, version in others.items()},
        )

    def _healed(self, delivery: Delivery, checked: Checked) -> tuple[str, ...]:
        if self._before is None:
            return ()
        return healed_rows(
            refused_rows(self._change, self._before),
            checked,
            self._arrival.contract,
            same_file=self._before.source_sha256 == delivery.sha256,
        )

    def _seconds(self) -> float:
        return round(time.perf_counter() - self._started, 3)


def _partner(contract: Contract, partner: str | None) -> str:
    if partner in contract.partners:
        return str(partner)
    if partner is None and len(contract.partners) == 1:
        return contract.partners[0]
    raise UsageError(
        f'"{partner}" delivers no {contract.id}.' if partner else "The partner is not named.",
        where=f"contract {contract.id}",
        remedy=did_you_mean(partner or "", contract.partners),
    )
