"""Backup and restore: one sealed archive of a whole manifest; keys are never inside.

The archive is a tar stream, sealed as one (see `crypto`). Its last member, `backup.json`, lists
every member with its hash; the manifest inside carries the store's signature.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from forethought.data.about import ABOUT, check_about
from forethought.data.crypto import SealedReader, SealedWriter
from forethought.data.keys import KeyRing
from forethought.data.manifest import changed_files, manifest_numbers, missing_files, read_manifest
from forethought.data.staging import exclusive, make_folder, private_file, sync_folder
from forethought.errors import StoreError

INDEX = "backup.json"
CONTROL = "control.sqlite"
CONTEXT = "backup"
COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class BackupReport:
    """What an archive holds, or what came out of one.

    Args:
        archive: The archive.
        manifest: Number of its manifest.
        created_at: When that manifest was written.
        datasets: Number of datasets.
        files: Number of files.
        bytes: Their size.
    """

    archive: Path
    manifest: int
    created_at: datetime
    datasets: int
    files: int
    bytes: int

    def __str__(self) -> str:
        return (
            f"{self.archive.name}: manifest {self.manifest}, {self.datasets:,} datasets, "
            f"{self.files:,} files, {self.bytes / 1e6:,.1f} MB."
        )


def backup(store: Path, target: Path, keys: KeyRing) -> BackupReport:
    """Write the newest whole manifest, all that it names, control records and runs.

    Keep the archive and the key file in different places: whoever has both has the identifiers,
    and without the key file the archive opens for nobody.

    Args:
        store: Folder of the store.
        target: Archive to write; must not exist.
        keys: The store's key ring.

    Raises:
        StoreError: The target is there already or inside the store, a stored file was changed,
            or another process writes.
    """
    check_about(store, keys)
    if target.exists():
        raise StoreError(
            "There is a file of that name already.",
            where=str(target),
            remedy="Name another: a backup is never overwritten.",
        )
    if target.resolve().is_relative_to(store.resolve()):
        raise StoreError(
            "A backup inside the store is lost with it.",
            where=str(target),
            remedy="Name a place outside.",
        )
    with exclusive(store):
        return _written(store, target, keys)


def _written(store: Path, target: Path, keys: KeyRing) -> BackupReport:
    number = next(iter(manifest_numbers(store)), None)
    if number is None:
        raise StoreError("The store has no manifest.", where=str(store))
    manifest = read_manifest(store, number, keys)
    if changed := changed_files(store, manifest):
        raise StoreError(
            f"{len(changed)} stored files were changed, the first {changed[0]}.",
            where=str(store),
            remedy="Restore an older backup; one of a damaged store would hide the damage.",
        )
    make_folder(target.parent)
    staged = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        with private_file(staged) as file:
            index = _archive(store, file, keys, _members(store, number, list(manifest.files())))
            file.flush()
            os.fsync(file.fileno())
        staged.replace(target)
        sync_folder(target.parent)
    finally:
        staged.unlink(missing_ok=True)
    return BackupReport(
        archive=target,
        manifest=number,
        created_at=manifest.created_at,
        datasets=len(manifest.datasets),
        files=len(index),
        bytes=sum(size for _, size in index.values()),
    )


def _members(store: Path, number: int, named: list[str]) -> Iterator[tuple[str, bytes]]:
    yield ABOUT, (store / ABOUT).read_bytes()
    yield f"manifest/{number}.json", (store / "manifest" / f"{number}.json").read_bytes()
    for path in sorted(named):
        yield path, (store / path).read_bytes()
    if (store / CONTROL).exists():
        yield CONTROL, _control_records(store / CONTROL)
    for run in sorted((store / "runs").rglob("*")):
        if run.is_file():
            yield run.relative_to(store).as_posix(), run.read_bytes()


def _control_records(path: Path) -> bytes:
    """A consistent copy of the control records, made in memory while others may write."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        return copy.serialize()


def _archive(
    store: Path, file: BinaryIO, keys: KeyRing, members: Iterator[tuple[str, bytes]]
) -> dict[str, tuple[str, int]]:
    index: dict[str, tuple[str, int]] = {}
    about = json.loads((store / ABOUT).read_text(encoding="utf-8"))
    with (
        SealedWriter(file, keys.sub_key("backup"), CONTEXT) as sealed,
        tarfile.open(fileobj=sealed, mode="w|") as tar,
    ):
        for name, data in members:
            _add(tar, name, data)
            index[name] = (hashlib.sha256(data).hexdigest(), len(data))
        document = {
            "store": about["id"],
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": index,
        }
        _add(tar, INDEX, json.dumps(document).encode())
    return index


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o600
    tar.addfile(member, io.BytesIO(data))


def restore(archive: Path, store: Path, keys: KeyRing) -> BackupReport:
    """Bring a store back from an archive; every file is verified before anything is in place.

    Args:
        archive: What `backup` wrote.
        store: Folder for the store; absent or empty.
        keys: The key ring of the store that was backed up.

    Raises:
        StoreError: Something is at the place already, the archive does not open under this key,
            or a file in it is not what its index says.
    """
    if store.exists() and (not store.is_dir() or any(store.iterdir())):
        raise StoreError(
            "There is something at the place of the store already.",
            where=str(store),
            remedy="Move it away first; restoring never overwrites.",
        )
    staged = store.with_name(f".{store.name}.restoring-{uuid.uuid4().hex[:8]}")
    make_folder(staged)
    try:
        index = _extracted(archive, staged, keys)
        report = _checked(archive, staged, keys, index)
        if store.exists():
            store.rmdir()
        staged.rename(store)
        sync_folder(store.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return report


def _extracted(archive: Path, folder: Path, keys: KeyRing) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    said: dict[str, tuple[str, int]] = {}
    with _opened(archive, keys) as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is None or not _is_inside(member.name):
                raise _damaged(archive)
            data = source.read()
            if member.name == INDEX:
                files = json.loads(data)["files"]
                said = {name: (sha256, size) for name, (sha256, size) in files.items()}
                continue
            found[member.name] = (hashlib.sha256(data).hexdigest(), len(data))
            target = folder / member.name
            make_folder(target.parent)
            with private_file(target) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    if not said or found != said:
        raise _damaged(archive)
    return found


@contextmanager
def _opened(archive: Path, keys: KeyRing) -> Iterator[tarfile.TarFile]:
    try:
        with archive.open("rb") as file:
            sealed = SealedReader(file, keys.sub_key("backup"), CONTEXT)
            whole = cast("BinaryIO", io.BufferedReader(sealed, COPY_BYTES))
            with tarfile.open(fileobj=whole, mode="r|") as tar:
                yield tar
    except FileNotFoundError:
        raise StoreError("There is no such archive.", where=str(archive)) from None
    except (tarfile.TarError, ValueError, KeyError, TypeError):
        raise _damaged(archive) from None


def _checked(
    archive: Path, folder: Path, keys: KeyRing, index: dict[str, tuple[str, int]]
) -> BackupReport:
    for empty in ("landing", "snapshots", "quarantine", "vault", "runs"):
        make_folder(folder / empty)
    check_about(folder, keys)
    numbers = manifest_numbers(folder)
    if len(numbers) != 1:
        raise _damaged(archive)
    manifest = read_manifest(folder, numbers[0], keys)
    if missing_files(folder, manifest) or changed_files(folder, manifest):
        raise _damaged(archive)
    return BackupReport(
        archive=archive,
        manifest=manifest.number,
        created_at=manifest.created_at,
        datasets=len(manifest.datasets),
        files=len(index),
        bytes=sum(size for _, size in index.values()),
    )


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _damaged(archive: Path) -> StoreError:
    return StoreError(
        "The archive is not what was written: a file in it is missing, changed or too many.",
        where=str(archive),
        remedy="Use another copy of it, or an older backup.",
    )
