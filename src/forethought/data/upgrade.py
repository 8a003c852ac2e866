"""Upgrading a store to the format of this version, one step after another.

Format 0 (before the first release) had one unsigned `catalogue.json` and one clear Parquet file
for each dataset, `tables/<dataset>.parquet`, pseudonymised; no vault, landing or quarantine.
Format 1 has signed manifests over immutable snapshots. A step writes all that the next format
needs beside what is there, changes the format number by one rename, and only then removes the
old files; a kill at any moment leaves a store of the old format or of the new one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from forethought.data.about import ABOUT, STORE_FORMAT, write_about
from forethought.data.keys import KeyRing
from forethought.data.manifest import (
    DatasetVersion,
    Manifest,
    Part,
    manifest_numbers,
    write_manifest,
)
from forethought.data.parts import parquet, schema_of
from forethought.data.separate import HOUSEHOLD_ID, PERSON_ID
from forethought.data.staging import MANAGED, Staging, exclusive, make_folder
from forethought.errors import StoreError

CATALOGUE = "catalogue.json"
KINDS = {PERSON_ID: "person", HOUSEHOLD_ID: "household"}


def upgrade(path: Path, keys: KeyRing) -> tuple[int, int]:
    """Bring a store to the format of this version.

    Args:
        path: Folder of the store. Make a copy of it first.
        keys: Its key ring.

    Returns:
        Format before and now; the same where there was nothing to do.

    Raises:
        StoreError: No store, a later format, a damaged one, or another process writes.
    """
    before = current = _format(path)
    with exclusive(path):
        while current < STORE_FORMAT:
            STEPS[current](path, keys)
            current = _format(path)
        _remove_remains(path)
    return before, current


def _format(path: Path) -> int:
    try:
        about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
        found = int(about["format"])
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(
            "There is no store here, or its description cannot be read.", where=str(path)
        ) from None
    if not 0 <= found <= STORE_FORMAT:
        raise StoreError(
            f"The store has format {found}, which this version does not know.",
            where=str(path),
            remedy="Use the version of Forethought that made it, or a newer one.",
        )
    return found


def _from_0_to_1(path: Path, keys: KeyRing) -> None:
    about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
    try:
        catalogue = json.loads((path / CATALOGUE).read_text(encoding="utf-8"))
        for folder in (*MANAGED, "manifest", "runs"):
            make_folder(path / folder)
        staging = Staging(path)
        versions = {
            name: (_version(path, staging, name, entry),)
            for name, entry in catalogue["datasets"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
        raise StoreError(
            "The store's catalogue, or a table that it names, cannot be read.",
            where=str(path / CATALOGUE),
            remedy="Bring back the copy of the store that you made.",
        ) from None
    staging.publish()
    staging.discard()
    number = max(manifest_numbers(path), default=-1) + 1
    manifest = Manifest(number, datetime.now(UTC), store_id=about["id"], versions=versions)
    write_manifest(path, manifest, keys)
    write_about(path, about["id"], keys)


def _version(path: Path, staging: Staging, name: str, entry: dict[str, Any]) -> DatasetVersion:
    frame = pl.read_parquet(path / "tables" / f"{name}.parquet")
    number, received = int(entry["version"]), datetime.fromisoformat(entry["received_at"])
    data = staging.write(f"snapshots/{name}/{number}/whole.parquet", parquet(frame))
    part = Part(
        name="whole",
        partner=entry["partner"],
        source="",
        source_sha256="",
        received_at=received,
        layout="",
        contract_fingerprint="",
        rows=frame.height,
        quarantined=0,
        data=data,
        schema=schema_of(frame),
    )
    return DatasetVersion(
        dataset=name,
        version=number,
        created_at=received,
        parts={"whole": part},
        contract_version=entry["contract_version"],
        contract_fingerprint="",
        pseudonyms={column: kind for column, kind in KINDS.items() if column in frame.columns},
        recorded_column=entry.get("recorded_column", ""),
        reason="upgraded from format 0",
    )


def _remove_remains(path: Path) -> None:
    (path / CATALOGUE).unlink(missing_ok=True)
    shutil.rmtree(path / "tables", ignore_errors=True)


STEPS: dict[int, Callable[[Path, KeyRing], None]] = {0: _from_0_to_1}
