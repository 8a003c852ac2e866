"""Rewriting versions under a new manifest: the one way in which stored rows may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import polars as pl

from forethought.data.manifest import DatasetVersion, Erasure, Part
from forethought.data.parts import PartFrames, Place, part_frames, stage_part
from forethought.data.separate import PERSON_ID

if TYPE_CHECKING:
    from forethought.data.change import Change

Versions = Mapping[str, tuple[DatasetVersion, ...]]


@dataclass(frozen=True)
class ErasureReport:
    """What was removed.

    Args:
        rows: Rows removed, over all versions of all datasets.
        versions: Dataset to the versions whose rows changed.
        landed: Landed files removed, because they held the rows as they came.
        manifest: Manifest that took effect.
    """

    rows: int
    versions: Mapping[str, tuple[int, ...]]
    landed: int
    manifest: int

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows removed from {len(self.versions):,} datasets, and "
            f"{self.landed:,} landed files."
        )


class Cut(Protocol):
    """Says which parts lose something, and what of them is left."""

    def concerns(self, version: DatasetVersion, part: Part) -> bool:
        """Whether the part may lose something; a cheap look."""
        ...

    def cut(self, version: DatasetVersion, part: Part, frames: PartFrames) -> PartFrames:
        """What is left of the part."""
        ...

    def forgets(self, version: DatasetVersion, part: Part) -> bool:
        """Whether the landed file goes even where no row does."""
        ...


class Rewrite:
    """Rewrites each part of each version once, and counts what went.

    A part that several versions share is one file and is rewritten once. A landed file holds its
    rows as they came, so it goes as a whole with the first row that goes.

    Args:
        change: The write in progress.
        cut: What goes.
    """

    def __init__(self, change: Change, cut: Cut) -> None:
        self._change = change
        self._cut = cut
        self._looked_at: set[str] = set()
        self._rewritten: dict[str, Part] = {}
        self._people: dict[str, set[str]] = {}
        self._landings: set[str] = set()
        self._rows = 0
        self._lost: set[str] = set()

    def versions(self, kept: Versions) -> dict[str, tuple[DatasetVersion, ...]]:
        """The datasets that change, each with all versions that stay.

        Args:
            kept: The versions that stay, of every dataset.
        """
        for versions in kept.values():
            for version in versions:
                for part in version.parts.values():
                    self._rewrite(version, part)
        before = self._change.manifest.versions
        self._drop(set(_paths(before)) - set(_paths(kept)))
        return {
            name: after
            for name, versions in kept.items()
            if (after := tuple(self._after(v) for v in versions)) != before[name]
        }

    def commit(
        self, versions: Versions, why: str, at: datetime, tables: Mapping[str, pl.DataFrame]
    ) -> ErasureReport:
        """Commit the rewritten versions with new editions of the vault's tables."""
        change = self._change
        touched = self._touched()
        vault = {
            name: change.vault.stage_table(change.staging, name, frame, change.number)
            for name, frame in tables.items()
        }
        erasure = Erasure(at, change.number, why, touched, self._rows)
        manifest = change.commit(versions, vault=vault, erasure=erasure)
        return self.report(manifest.number)

    def report(self, manifest: int) -> ErasureReport:
        """What went, or would go, under a manifest."""
        return ErasureReport(self._rows, self._touched(), len(self._landings), manifest)

    def people_left(self, versions: Versions) -> set[str]:
        """Everybody who is in a row of any version, rewritten ones included."""
        left: set[str] = set()
        for part in {part.data.path: part for _, part in _parts(versions)}.values():
            if part.data.path in self._people:
                left |= self._people[part.data.path]
            elif PERSON_ID in part.schema:
                left |= _people(pl.read_parquet(self._change.root / part.data.path))
        return left

    def _rewrite(self, version: DatasetVersion, part: Part) -> None:
        old = part.data.path
        if old in self._looked_at:
            return
        self._looked_at.add(old)
        if not self._cut.concerns(version, part):
            return
        before = part_frames(self._change, part)
        after = self._cut.cut(version, part, before)
        same_rows = after.stored.equals(before.stored)
        if same_rows and after.refused.height == before.refused.height:
            return
        if part.landing:
            self._landings.add(part.landing.path)
        place = Place(version.dataset, version.version, part.name, self._change.number)
        new = replace(part, **stage_part(self._change, place, after))
        self._rewritten[old] = new
        self._people[new.data.path] = _people(after.stored)
        self._rows += part.rows - new.rows
        if not same_rows:
            self._lost.add(old)

    def _drop(self, paths: set[str]) -> None:
        """Count the rows of versions that go altogether."""
        for _, part in _parts(self._change.manifest.versions):
            if part.data.path in paths:
                paths.remove(part.data.path)
                self._lost.add(part.data.path)
                self._rows += part.rows
                if part.landing:
                    self._landings.add(part.landing.path)

    def _after(self, version: DatasetVersion) -> DatasetVersion:
        parts = {name: self._part_after(version, part) for name, part in version.parts.items()}
        if parts == version.parts:
            return version
        return replace(version, parts=parts)

    def _part_after(self, version: DatasetVersion, part: Part) -> Part:
        new = self._rewritten.get(part.data.path, part)
        if new.landing is None:
            return new
        if self._cut.forgets(version, part):
            self._landings.add(new.landing.path)
        return replace(new, landing=None) if new.landing.path in self._landings else new

    def _touched(self) -> dict[str, tuple[int, ...]]:
        touched: dict[str, list[int]] = {}
        for name, versions in self._change.manifest.versions.items():
            for version in versions:
                if any(part.data.path in self._lost for part in version.parts.values()):
                    touched.setdefault(name, []).append(version.version)
        return {name: tuple(numbers) for name, numbers in touched.items()}


def _people(frame: pl.DataFrame) -> set[str]:
    return set(frame[PERSON_ID].drop_nulls()) if PERSON_ID in frame.columns else set()


def _parts(versions: Versions) -> Iterator[tuple[DatasetVersion, Part]]:
    for held in versions.values():
        for version in held:
            for part in version.parts.values():
                yield version, part


def _paths(versions: Versions) -> Iterable[str]:
    return (part.data.path for _, part in _parts(versions))
