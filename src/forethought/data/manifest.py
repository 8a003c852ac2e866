"""The manifest: what the store holds, signed; the one file that makes a write visible."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from forethought.data.keys import KeyRing
from forethought.data.staging import StoredFile, write_atomically
from forethought.errors import StoreError

MANIFEST_FORMAT = 1
MANIFEST_FILE = re.compile(r"^([0-9]+)\.json$")
KEPT_MANIFESTS = 50


@dataclass(frozen=True)
class Part:
    """One delivery's share of a dataset: the whole of it, one partner's or one file's.

    Args:
        name: `whole`, the partner, or the file's name.
        partner: Who delivered it.
        source: Name of the file as it came.
        source_sha256: Hash of the file as it came.
        received_at: When it came.
        layout: Layout of the contract that it was read by.
        contract_fingerprint: Hash of the contract that it was checked by.
        rows: Accepted rows.
        quarantined: Refused rows.
        data: Accepted rows, pseudonymised (Parquet).
        refused: Refused rows: source row and rule ids (Parquet); None where there are none.
        refused_sealed: The refused rows' own text, sealed.
        identifiers: Identifiers of the accepted rows, sealed (vault).
        landing: The file as it came, sealed; None after an erasure or retention removed it.
        join: Counts behind the dataset's join rate.
        derived_from: Version of each reference dataset used.
        quality: Scores of this part.
        rule_counts: Rule counts of this part.
        schema: Stored columns with their types.
    """

    name: str
    partner: str
    source: str
    source_sha256: str
    received_at: datetime
    layout: str
    contract_fingerprint: str
    rows: int
    quarantined: int
    data: StoredFile
    refused: StoredFile | None = None
    refused_sealed: StoredFile | None = None
    identifiers: StoredFile | None = None
    landing: StoredFile | None = None
    join: Mapping[str, int] = field(default_factory=dict)
    derived_from: Mapping[str, int] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    rule_counts: tuple[Mapping[str, Any], ...] = ()
    schema: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> Iterable[StoredFile]:
        """All files that this part stands on."""
        every = (self.data, self.refused, self.refused_sealed, self.identifiers, self.landing)
        return (file for file in every if file is not None)


@dataclass(frozen=True)
class DatasetVersion:
    """One version of a dataset.

    Args:
        dataset: Its name.
        version: 1, 2, ...
        created_at: When the newest of it was received.
        rows: Accepted rows.
        quarantined: Refused rows.
        quality: Score by dimension and `overall`, 0-100; `worst_critical` in words.
        rule_counts: For each rule: id, dimension, severity, columns, failing, share.
        parts: By part name; a part that did not change points at the files it had.
        contract_version: Version of the contract that the newest part was checked by.
        contract_fingerprint: Hash of that contract.
        schema: Stored columns with their types.
        join: Shares of rows (0-1) by how the person is known: `nhs_number`, `source_id`, `none`;
            also `household` and, where areas are derived, `area`.
        pseudonyms: Column to `person` or `household`: the columns that are re-keyed.
        recorded_column: Column that says when a row was recorded; empty where none does.
        retention_years: Years that a row is kept after it was recorded; None keeps it.
        reason: Why the version was made.
    """

    dataset: str
    version: int
    created_at: datetime
    rows: int
    quarantined: int
    quality: Mapping[str, Any]
    rule_counts: tuple[Mapping[str, Any], ...]
    parts: Mapping[str, Part]
    contract_version: str
    contract_fingerprint: str
    schema: Mapping[str, str]
    join: Mapping[str, float]
    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    recorded_column: str = ""
    retention_years: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Erasure:
    """That rows were removed from versions already read; names nobody.

    Args:
        at: When.
        manifest: Manifest that took effect.
        why: `erasure` of a person, or `retention`.
        versions: Dataset to the versions that lost rows.
        rows: Rows removed, over all versions.
    """

    at: datetime
    manifest: int
    why: str
    versions: Mapping[str, tuple[int, ...]]
    rows: int


@dataclass(frozen=True)
class Manifest:
    """The snapshot of the whole store.

    Args:
        number: 0, 1, 2, ...; each write adds one.
        created_at: When it was written.
        store_id: Store that it belongs to.
        previous: SHA-256 of the manifest before it; empty for the first.
        audit_head: Head of the audit chain at that moment.
        versions: Each dataset's versions, oldest first.
        vault: Sealed files of the vault by name.
        erasures: What was removed, oldest first.
    """

    number: int
    created_at: datetime
    store_id: str = ""
    previous: str = ""
    audit_head: str = ""
    versions: Mapping[str, tuple[DatasetVersion, ...]] = field(default_factory=dict)
    vault: Mapping[str, StoredFile] = field(default_factory=dict)
    erasures: tuple[Erasure, ...] = ()

    @property
    def datasets(self) -> dict[str, DatasetVersion]:
        """The newest version of each dataset."""
        return {name: versions[-1] for name, versions in self.versions.items()}

    def files(self) -> dict[str, StoredFile]:
        """Every file that the manifest names, by path."""
        parts = (
            part
            for versions in self.versions.values()
            for version in versions
            for part in version.parts.values()
        )
        named = {file.path: file for part in parts for file in part.files()}
        return named | {file.path: file for file in self.vault.values()}


def manifest_numbers(root: Path) -> list[int]:
    """Numbers of the manifests on disk, newest first."""
    names = (MANIFEST_FILE.match(path.name) for path in (root / "manifest").glob("*.json"))
    return sorted((int(name[1]) for name in names if name), reverse=True)


def write_manifest(root: Path, manifest: Manifest, keys: KeyRing) -> None:
    """Sign and write a manifest; when this returns, the write has happened."""
    content = _canonical(manifest)
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
        if not keys.verifies(_json(content), signature):
            raise StoreError("The manifest's signature does not fit.", where=where)
        if content["format"] != MANIFEST_FORMAT:
            raise StoreError("The manifest has a format that this version lacks.", where=where)
        manifest = _manifest(content)
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError("The manifest cannot be read.", where=where) from None
    if manifest.number != number:
        raise StoreError("The manifest was put in another's place.", where=where)
    return manifest


def manifest_hash(manifest: Manifest) -> str:
    """SHA-256 of a manifest's content, by which the next one names it."""
    return hashlib.sha256(_canonical(manifest)).hexdigest()


def missing_files(root: Path, manifest: Manifest) -> list[str]:
    """Files that the manifest names and that are gone or have another size."""
    return [file.path for file in manifest.files().values() if not _present(root, file)]


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


def _json(content: Any) -> bytes:
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    ).encode()


def _canonical(manifest: Manifest) -> bytes:
    content = {"format": MANIFEST_FORMAT, **asdict(manifest)}
    return _json(_plain(content))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _manifest(content: Mapping[str, Any]) -> Manifest:
    return Manifest(
        number=content["number"],
        created_at=datetime.fromisoformat(content["created_at"]),
        store_id=content["store_id"],
        previous=content["previous"],
        audit_head=content["audit_head"],
        versions={
            name: tuple(_version(version) for version in versions)
            for name, versions in content["versions"].items()
        },
        vault={name: StoredFile(**file) for name, file in content["vault"].items()},
        erasures=tuple(_erasure(erasure) for erasure in content["erasures"]),
    )


def _version(content: Mapping[str, Any]) -> DatasetVersion:
    changed = {
        "created_at": datetime.fromisoformat(content["created_at"]),
        "rule_counts": tuple(content["rule_counts"]),
        "parts": {name: _part(part) for name, part in content["parts"].items()},
    }
    return DatasetVersion(**{**content, **changed})


def _part(content: Mapping[str, Any]) -> Part:
    files = ("data", "refused", "refused_sealed", "identifiers", "landing")
    changed: dict[str, Any] = {
        name: StoredFile(**content[name]) if content[name] else None for name in files
    }
    changed["rule_counts"] = tuple(content["rule_counts"])
    changed["received_at"] = datetime.fromisoformat(content["received_at"])
    return Part(**{**content, **changed})


def _erasure(content: Mapping[str, Any]) -> Erasure:
    changed = {
        "at": datetime.fromisoformat(content["at"]),
        "versions": {name: tuple(numbers) for name, numbers in content["versions"].items()},
    }
    return Erasure(**{**content, **changed})
