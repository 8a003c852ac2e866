"""The manifest on disk: signed, written last, the one file that makes a write visible."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from forethought.data.keys import KeyRing
from forethought.data.manifest_text import MANIFEST_FORMAT, canonical, decode, encode
from forethought.data.staging import StoredFile, write_atomically
from forethought.data.versions import DatasetVersion, Erasure, Manifest, Part
from forethought.errors import StoreError

__all__ = [
    "DatasetVersion",
    "Erasure",
    "Manifest",
    "Part",
    "changed_files",
    "file_sha256",
    "manifest_hash",
    "manifest_numbers",
    "missing_files",
    "named_files",
    "read_manifest",
    "signed_heads",
    "write_manifest",
]

MANIFEST_FILE = re.compile(r"^([0-9]+)\.json$")
KEPT_MANIFESTS = 50


def manifest_numbers(root: Path) -> list[int]:
    """Numbers of the manifests on disk, newest first."""
    names = (MANIFEST_FILE.match(path.name) for path in (root / "manifest").glob("*.json"))
    return sorted((int(name[1]) for name in names if name), reverse=True)


def write_manifest(root: Path, manifest: Manifest, keys: KeyRing) -> None:
    """Sign and write a manifest; when this returns, the write has happened."""
    content = encode(manifest)
    signature = keys.sign(content)
    document = b'{"content":' + content + b',"signature":"' + signature.encode() + b'"}\n'
    write_atomically(_path(root, manifest.number), document)
    for number in manifest_numbers(root)[KEPT_MANIFESTS:]:
        _path(root, number).unlink(missing_ok=True)


def read_manifest(root: Path, number: int, keys: KeyRing) -> Manifest:
    """Read a manifest and check its signature.

    Raises:
        StoreError: It is torn, changed, of another store's key or of a later format.
    """
    where = f"manifest/{number}.json"
    try:
        document = json.loads(_path(root, number).read_bytes())
        content, signature = document["content"], document["signature"]
        if not keys.verifies(canonical(content), signature):
            raise StoreError("The manifest's signature does not fit.", where=where)
        if content["format"] != MANIFEST_FORMAT:
            raise StoreError("The manifest has a format that this version lacks.", where=where)
        manifest = decode(content)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise StoreError("The manifest cannot be read.", where=where) from None
    if manifest.number != number:
        raise StoreError("The manifest was put in another's place.", where=where)
    return manifest


def signed_heads(root: Path, keys: KeyRing) -> list[str]:
    """Heads of the audit chain that the manifests on disk have signed, oldest first."""
    heads = []
    for number in reversed(manifest_numbers(root)):
        try:
            heads.append(read_manifest(root, number, keys).audit_head)
        except StoreError:  # a torn manifest has signed nothing
            continue
    return heads


def manifest_hash(root: Path, number: int) -> str:
    """SHA-256 of a manifest's file, by which the next one names it."""
    return file_sha256(_path(root, number))


def missing_files(root: Path, manifest: Manifest) -> list[str]:
    """Files that the manifest names and that are gone or have another size."""
    return [file.path for file in manifest.files().values() if not _present(root, file)]


def named_files(root: Path, manifest: Manifest, keys: KeyRing) -> set[str] | None:
    """Files that must stay: the manifest's, and those of the one before it, to fall back on.

    Manifests from before an erasure go, and what they alone name with them.

    Returns:
        Paths in the store; None where a damaged manifest leaves it open what is needed.
    """
    named = set(manifest.files())
    floor = max((erasure.manifest for erasure in manifest.erasures), default=0)
    for place, number in enumerate(manifest_numbers(root)):
        if number < floor:
            _path(root, number).unlink()
        elif place == 1:
            try:
                named |= set(read_manifest(root, number, keys).files())
            except StoreError:
                return None
    return named


def changed_files(root: Path, manifest: Manifest) -> list[str]:
    """Files whose bytes are not those that the manifest names (reads all of them)."""
    return [
        file.path
        for file in manifest.files().values()
        if not _present(root, file) or file_sha256(root / file.path) != file.sha256
    ]


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _present(root: Path, file: StoredFile) -> bool:
    try:
        return (root / file.path).stat().st_size == file.bytes
    except OSError:
        return False


def _path(root: Path, number: int) -> Path:
    return root / "manifest" / f"{number}.json"
