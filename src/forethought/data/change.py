"""A write in progress: its files are staged, and one rename makes them all visible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from forethought.data.keys import KeyRing
from forethought.data.manifest import (
    DatasetVersion,
    Erasure,
    Manifest,
    manifest_hash,
    write_manifest,
)
from forethought.data.staging import Staging, StoredFile
from forethought.data.vault import Vault


@dataclass(frozen=True)
class Change:
    """A write in progress, with the store's lock held; invisible until `commit`.

    Args:
        root: Folder of the store.
        keys: Its key ring.
        manifest: What the store holds now.
        number: Number of the manifest that the write will have.
        staging: Where its files go.
        vault: The vault as it is now.
        audit_head: Gives the head of the audit chain.
    """

    root: Path
    keys: KeyRing
    manifest: Manifest
    number: int
    staging: Staging
    vault: Vault
    audit_head: Callable[[], str]

    def commit(
        self,
        versions: Mapping[str, tuple[DatasetVersion, ...]],
        *,
        vault: Mapping[str, StoredFile] | None = None,
        erasure: Erasure | None = None,
    ) -> Manifest:
        """Make the write visible: publish the staged files, then sign and write the manifest.

        Args:
            versions: Datasets that changed, each with all its versions.
            vault: Tables of the vault that changed.
            erasure: What was removed, if anything.
        """
        self.staging.publish()
        base = self.manifest
        manifest = Manifest(
            number=self.number,
            created_at=datetime.now(UTC),
            store_id=base.store_id,
            previous=manifest_hash(self.root, base.number),
            audit_head=self.audit_head(),
            versions={**base.versions, **versions},
            vault={**base.vault, **(vault or {})},
            erasures=(*base.erasures, *([erasure] if erasure else [])),
        )
        write_manifest(self.root, manifest, self.keys)
        return manifest
