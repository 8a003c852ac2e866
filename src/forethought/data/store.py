"""The store: versions of datasets on disk, opened only with a gate, read only through it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.data.about import ABOUT, check_about, keys_outside, write_about
from forethought.data.gate import Decision, Gate, ReadRequest
from forethought.data.keys import KeyRing
from forethought.data.manifest import (
    DatasetVersion,
    Erasure,
    Manifest,
    changed_files,
    file_sha256,
    manifest_numbers,
    missing_files,
    named_files,
    read_manifest,
    signed_heads,
    write_manifest,
)
from forethought.data.reading import Read
from forethought.data.staging import (
    MANAGED,
    Staging,
    StoredFile,
    exclusive,
    make_folder,
    sweep,
)
from forethought.errors import AccessDenied, NotFound, StoreError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from forethought.data.change import Change

VAULT_PREFIX = "vault/"


class Store:
    """An open store. Rows leave by `read` and `look_up` alone, and both ask the gate first."""

    def __init__(
        self, path: Path, keys: KeyRing, gate: Gate, *, audit_head: Callable[[], str] = str
    ) -> None:
        if not isinstance(gate, Gate):
            raise StoreError(
                "A store opens only with a gate that decides and records each read.",
                where=str(path),
                remedy="Open it through forethought.open.",
            )
        self.path = path
        self.keys = keys
        self.notices: tuple[str, ...] = ()
        self._gate = gate
        self._audit_head = audit_head
        self._manifest: Manifest | None = None
        self._verified: set[tuple[str, int]] = set()

    @staticmethod
    def create(path: Path, keys: KeyRing, *, store_id: str = "") -> None:
        """Lay out an empty store.

        Raises:
            StoreError: A store is there already, or the key file lies inside it.
        """
        keys_outside(path, keys)
        if (path / ABOUT).exists():
            raise StoreError("There is a store here already.", where=str(path))
        make_folder(path)
        for folder in (*MANAGED, "manifest", "runs"):
            make_folder(path / folder)
        identity = store_id or str(uuid.uuid4())
        write_manifest(path, Manifest(0, datetime.now(UTC), store_id=identity), keys)
        write_about(path, identity, keys)

    @classmethod
    def open(
        cls, path: Path, keys: KeyRing, gate: Gate, *, audit_head: Callable[[], str] = str
    ) -> Store:
        """Open the newest whole manifest, and clear away what a killed write left behind.

        Args:
            path: Folder of the store.
            keys: Its key ring.
            gate: Decides and records each read.
            audit_head: Gives the head of the audit chain, which each manifest signs.

        Raises:
            StoreError: No store, another key, another format, or no whole manifest.
        """
        check_about(path, keys)
        store = cls(path, keys, gate, audit_head=audit_head)
        store.manifest()
        try:
            with exclusive(path, wait=0):
                store._tidy()
        except StoreError:  # another process writes: what is staged is its own
            store.manifest()
        return store

    def manifest(self) -> Manifest:
        """The newest whole manifest on disk.

        Raises:
            StoreError: None is whole.
        """
        numbers = manifest_numbers(self.path)
        held = self._manifest
        if held is not None and numbers and held.number == numbers[0]:
            return held
        problems = []
        for number in numbers:
            try:
                found = read_manifest(self.path, number, self.keys)
            except StoreError as error:
                problems.append(f"Manifest {number} was passed over: {error.what}")
                continue
            missing = missing_files(self.path, found)
            if not missing:
                self.notices = tuple(problems)
                self._manifest = found
                return found
            problems.append(
                f"Manifest {number} was passed over: {len(missing)} of its files are missing or "
                f"cut, the first {missing[0]}."
            )
        raise StoreError(
            "No manifest of the store is whole.",
            where=str(self.path),
            remedy="Restore the last backup: forethought restore.",
        )

    def history(self, dataset: str) -> list[DatasetVersion]:
        """All versions of a dataset, oldest first.

        Raises:
            NotFound: The store has no such dataset.
        """
        versions = self.manifest().versions
        if dataset not in versions:
            raise NotFound(
                f'There is no dataset "{dataset}" in the store.',
                remedy=did_you_mean(dataset, versions) or "Load it: forethought ingest.",
            )
        return list(versions[dataset])

    def read(
        self,
        request: ReadRequest,
        *,
        version: int | None = None,
        as_of: date | None = None,
        without: Collection[str] = (),
    ) -> Read:
        """Ask the gate, record its answer, and only then hand out rows.

        Person and household ids leave under the key of the decision, so that two agreements'
        extracts cannot be joined. Rows of a partner whom no live agreement covers are left out
        before anything is read of them.

        Args:
            request: Who reads what, and why; no columns asks for all of them.
            version: Version to read; the newest by default.
            as_of: Leave out rows recorded after this day, where the dataset says when that was.
            without: Partners whose rows to leave out besides, as an earlier run did.

        Raises:
            NotFound: No such dataset, version or column.
            AccessDenied: The gate refuses, with its reason and whom to ask.
            StoreError: A file was changed or is gone.
        """
        from forethought.data.obligations import (
            covered,
            known_columns,
            left_out_of,
            obey,
            recorded_by,
        )

        held = self._version(request.dataset, version)
        asked = replace(request, columns=request.columns or tuple(held.schema))
        known_columns(asked.columns, held)
        decision = self._decided(asked)
        limit = as_of if held.recorded_column else None
        kept = covered(held, decision, without)
        needed = {*asked.columns, *(decision.row_filter or {})}
        needed |= {held.recorded_column} if limit else set()
        rows = self.rows(held, needed & set(held.schema), kept)
        if limit:
            rows = recorded_by(rows, held.recorded_column, limit)
        key = self._outgoing_key(decision, asked)
        frame = obey(rows, decision, asked.columns, held.pseudonyms, key)
        read = replace(held, parts=kept) if kept else held
        left_out = left_out_of(held, kept, decision)
        return Read(frame, read, read.quality, decision, limit, left_out)

    def foreseen(self, request: ReadRequest) -> Decision:
        """What the gate would answer; nothing is read, so nothing is recorded."""
        return self._gate.decide(request)

    def look_up(self, request: ReadRequest, person_ids: Sequence[str]) -> pl.DataFrame:
        """Identifiers of a few people from the vault, for a practitioner's last step.

        The gate is asked for dataset `vault/<dataset>`, so that leave to read a dataset is never
        leave to see who is in it.

        Args:
            request: Its columns name the identifiers wanted.
            person_ids: Ids as a read under the same decision gave them.

        Returns:
            `person_id` as given, and the columns asked for.

        Raises:
            NotFound: No such dataset or identifier.
            AccessDenied: The gate refuses.
        """
        from forethought.data.obligations import covered, identified, within_remit
        from forethought.data.vault import Vault

        held = self._version(request.dataset, None)
        asked = replace(request, dataset=VAULT_PREFIX + request.dataset)
        decision = self._decided(asked)
        remit = {"person_id", *(decision.row_filter or {})}
        kept = covered(held, decision)
        inside = within_remit(self.rows(held, remit, kept), decision)
        vault = Vault(self.path, self.keys, self.manifest())
        identifiers = vault.identifiers(request.dataset, kept)
        key = self._outgoing_key(decision, asked)
        wanted = tuple(name for name in asked.columns if name not in decision.masked)
        return identified(identifiers, inside, key, person_ids, wanted)

    def refused(self, request: ReadRequest) -> pl.DataFrame:
        """Which rows of the newest files were set aside, and by which rules; never their values.

        Args:
            request: Its dataset; columns do not matter, for the rows' text stays sealed.

        Returns:
            `part`, `source` (file), `source_row`, `rule_ids`.

        Raises:
            NotFound: No such dataset.
            AccessDenied: The gate refuses, or limits the reader to a remit, in which a row that
                was set aside cannot be shown to lie.
        """
        from forethought.data.obligations import covered, refused_list

        held = self._version(request.dataset, None)
        decision = self._decided(replace(request, columns=()))
        paths = {
            name: self._whole(part.refused)
            for name, part in covered(held, decision).items()
            if part.refused
        }
        return refused_list(held, paths, decision)

    def erased_since(self, read: Mapping[str, int], *, manifest: int = -1) -> list[Erasure]:
        """Erasures that touched versions after they were read.

        Args:
            read: Dataset to version, as a receipt names them.
            manifest: Manifest they were read under; by default every erasure counts.
        """
        return [
            erasure
            for erasure in self.manifest().erasures
            if erasure.manifest > manifest
            and any(read.get(name) in numbers for name, numbers in erasure.versions.items())
        ]

    def audit_heads(self) -> list[str]:
        """Heads of the audit chain that the manifests on disk have signed, oldest first."""
        return signed_heads(self.path, self.keys)

    def verify(self) -> list[str]:
        """Read every file of the store and name those whose bytes changed; empty is good."""
        return changed_files(self.path, self.manifest())

    @contextmanager
    def writing(self) -> Iterator[Change]:
        """Hold the lock for one write; what is not committed is discarded.

        Raises:
            StoreError: Another process writes.
        """
        from forethought.data.change import Change
        from forethought.data.vault import Vault

        with exclusive(self.path):
            self._tidy()
            manifest = self.manifest()
            number = max(manifest_numbers(self.path)) + 1
            staging = Staging(self.path)
            vault = Vault(self.path, self.keys, manifest)
            try:
                yield Change(
                    self.path, self.keys, manifest, number, staging, vault, self._audit_head
                )
            finally:
                staging.discard()

    def rows(
        self,
        version: DatasetVersion,
        columns: Iterable[str],
        parts: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Stored rows under the store's own pseudonyms: for the data room alone.

        Args:
            version: The version to read.
            columns: Columns to read.
            parts: Names of the parts to read; all of them by default. Of the others only the
                columns are looked at, so that a version has the same ones whoever reads it.

        Raises:
            StoreError: A file was changed or is gone.
        """
        import polars as pl

        names = [name for name in version.schema if name in set(columns)]
        frames = []
        for part in version.parts.values():
            path = self._whole(part.data)
            there = [name for name in pl.read_parquet_schema(path) if name in names]
            most = None if parts is None or part.name in parts else 0
            frames.append(pl.read_parquet(path, columns=there, n_rows=most))
        return pl.concat(frames, how="diagonal_relaxed").select(names)

    def tidy(self) -> None:
        """Clear away what no manifest needs; after an erasure nothing older stays.

        Raises:
            StoreError: Another process writes.
        """
        with exclusive(self.path):
            self._tidy()

    def _whole(self, file: StoredFile) -> Path:
        path = self.path / file.path
        try:
            seen = (file.sha256, path.stat().st_mtime_ns)
            if seen not in self._verified and file_sha256(path) != file.sha256:
                raise StoreError(
                    "A stored file was changed.",
                    where=file.path,
                    remedy="Restore the last backup: forethought restore.",
                )
        except FileNotFoundError:
            raise StoreError(
                "A stored file is gone: rows of this version were erased meanwhile, or it was "
                "removed by hand.",
                where=file.path,
                remedy="Read again; if that fails, restore the last backup.",
            ) from None
        self._verified.add(seen)
        return path

    def _decided(self, asked: ReadRequest) -> Decision:
        decision = self._gate.decide(asked)
        self._gate.record(asked, decision)
        if decision.allowed:
            return decision
        remedy = f"Ask {decision.ask}." if decision.ask else ""
        raise AccessDenied(
            decision.reason or "The gate refused.", where=asked.dataset, remedy=remedy
        )

    def _outgoing_key(self, decision: Decision, asked: ReadRequest) -> bytes:
        return self.keys.agreement_key(decision.rekey or f"purpose:{asked.purpose}")

    def _version(self, dataset: str, number: int | None) -> DatasetVersion:
        versions = self.history(dataset)
        if number is None:
            return versions[-1]
        for version in versions:
            if version.version == number:
                return version
        raise NotFound(
            f"Dataset {dataset} has no version {number}.",
            remedy=f"It has versions {versions[0].version} to {versions[-1].version}.",
        )

    def _tidy(self) -> None:
        """Clear what no manifest needs; nothing where a newer one is damaged: it may want them."""
        manifest = self.manifest()
        if not self.notices and (named := named_files(self.path, manifest, self.keys)) is not None:
            sweep(self.path, named)
