"""Writing that a kill cannot tear: one writer at a time, staged, flushed, made visible at once.

Files are written under `staging/`, flushed to the disk, moved to places that no manifest names
yet, and only then does a new manifest name them. Whatever a kill leaves behind is unnamed, and
`sweep` removes it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from forethought.errors import StoreError

LOCK_WAIT_SECONDS = 20.0
LOCK_POLL_SECONDS = 0.05
MANAGED = ("landing", "snapshots", "quarantine", "vault")
PLAIN_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True)
class StoredFile:
    """A file that a manifest names.

    Args:
        path: Place in the store, with forward slashes.
        sha256: Of the bytes on disk.
        bytes: Size on disk.
    """

    path: str
    sha256: str
    bytes: int


class Staging:
    """Files on their way into the store.

    Args:
        root: Folder of the store.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "staging" / uuid.uuid4().hex
        self._waiting: dict[str, Path] = {}
        make_folder(self._folder)

    def write(self, relative: str, data: bytes) -> StoredFile:
        """Stage bytes for a place in the store; on the disk when this returns."""
        return self.stream(relative, lambda file: _write_all(file, data))

    def stream(self, relative: str, fill: Callable[[BinaryIO], None]) -> StoredFile:
        """Stage what `fill` writes, hashing on the way."""
        staged = self._folder / str(len(self._waiting))
        with _disk(self._root), private_file(staged) as raw:
            hashing = _Hashing(raw)
            fill(hashing)  # type: ignore[arg-type]
            raw.flush()
            os.fsync(raw.fileno())
        self._waiting[relative] = staged
        return StoredFile(relative, hashing.sha256.hexdigest(), hashing.bytes)

    def publish(self) -> None:
        """Move the staged files to their places; nothing reads them until a manifest does."""
        folders = set()
        with _disk(self._root):
            for relative, staged in self._waiting.items():
                target = self._root / relative
                make_folder(target.parent)
                staged.replace(target)
                folders.add(target.parent)
            for folder in folders:
                sync_folder(folder)
        self._waiting.clear()

    def discard(self) -> None:
        """Remove what was staged and not published."""
        shutil.rmtree(self._folder, ignore_errors=True)


class _Hashing:
    """A file being written, with its hash and size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.bytes += len(data)
        return self._file.write(data)


def _write_all(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def private_file(path: Path) -> BinaryIO:
    """A new file that only its owner may read, open for writing."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def make_folder(path: Path) -> None:
    """A folder, with those above it, that only its owner may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def sync_folder(path: Path) -> None:
    """Flush a folder's entries, so that a rename survives a power cut."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file by one rename; a kill leaves the old one or the new one."""
    staged = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    with _disk(path.parent):
        with private_file(staged) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
        sync_folder(path.parent)


@contextmanager
def _disk(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The disk refuses to write ({error.strerror}); nothing was changed.",
            where=str(where),
            remedy="Make room or mend the permissions, then try again.",
        ) from None


def plain_name(text: str) -> str:
    """A name for a file: lower case, nothing odd, still distinct."""
    plain = PLAIN_NAME.sub("-", text.lower()).strip("-.") or "part"
    if plain == text:
        return plain
    return f"{plain[:60]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@contextmanager
def exclusive(root: Path, *, wait: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
    """Hold the store's lock: one writer at a time, released by the system if it is killed.

    Raises:
        StoreError: Another process still writes after `wait` seconds.
    """
    descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + wait
        while not _locked(descriptor):
            if time.monotonic() >= deadline:
                raise StoreError(
                    "Another process is writing to the store.",
                    where=str(root),
                    remedy="Wait until it is done, then try again.",
                )
            time.sleep(LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        return _locked_on_windows(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locked_on_windows(descriptor: int) -> bool:
    import msvcrt

    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    return True


def sweep(root: Path, named: Collection[str]) -> int:
    """Remove staged and stored files that no manifest names; returns how many.

    Call it with the lock held: another writer's staged files would be removed too.
    """
    shutil.rmtree(root / "staging", ignore_errors=True)
    removed = 0
    for managed in MANAGED:
        for folder, _, files in os.walk(root / managed, topdown=False):
            for file in files:
                path = Path(folder, file)
                if path.relative_to(root).as_posix() not in named:
                    path.unlink(missing_ok=True)
                    removed += 1
            if Path(folder) != root / managed and not any(Path(folder).iterdir()):
                Path(folder).rmdir()
    return removed
