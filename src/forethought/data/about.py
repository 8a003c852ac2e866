"""What a store says of itself: its format number, its id and which key it belongs to."""

from __future__ import annotations

import json
from pathlib import Path

from forethought.data.keys import KeyRing
from forethought.data.staging import write_atomically
from forethought.errors import StoreError

STORE_FORMAT = 1
ABOUT = "store.json"


def write_about(path: Path, store_id: str, keys: KeyRing) -> None:
    """Write the description; with it the folder is a store."""
    about = {
        "format": STORE_FORMAT,
        "id": store_id,
        "key": keys.fingerprint,
        "public_key": keys.public_key,
    }
    write_atomically(path / ABOUT, json.dumps(about, indent=2).encode() + b"\n")


def keys_outside(path: Path, keys: KeyRing) -> None:
    """Refuse a key file that lies inside the store it locks.

    Raises:
        StoreError: It does.
    """
    if keys.path.resolve().is_relative_to(path.resolve()):
        raise StoreError(
            "The key file lies inside the store that it locks.",
            where=str(keys.path),
            remedy="Keep it elsewhere, and never in the store's backups.",
        )


def check_about(path: Path, keys: KeyRing) -> None:
    """Refuse a store of another format or another key.

    Raises:
        StoreError: No store, a damaged one, an older or later format, another key.
    """
    keys_outside(path, keys)
    try:
        about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
        store_format, key = int(about["format"]), about.get("key", "")
    except FileNotFoundError:
        raise StoreError(
            "There is no store here.", where=str(path), remedy="Make one: forethought init."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(
            "The store's description cannot be read.",
            where=str(path / ABOUT),
            remedy="Restore the last backup: forethought restore.",
        ) from None
    if store_format < STORE_FORMAT:
        raise StoreError(
            f"The store has format {store_format}; this version reads format {STORE_FORMAT}.",
            where=str(path),
            remedy="Make a backup, then call forethought.data.upgrade.upgrade on it.",
        )
    if store_format > STORE_FORMAT:
        raise StoreError(
            f"The store has format {store_format}, made by a later version of Forethought.",
            where=str(path),
            remedy="Use that version or a newer one.",
        )
    if key != keys.fingerprint:
        raise StoreError(
            "This key file belongs to another store.",
            where=str(keys.path),
            remedy="Bring back the key file that was made with this store.",
        )
