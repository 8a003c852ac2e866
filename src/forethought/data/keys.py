"""The key ring: one root key outside the store, and the sub-keys drawn from it."""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forethought.errors import StoreError

KEYS_VARIABLE = "FORETHOUGHT_KEYS"
KEY_BYTES = 32
KEY_FILE_FORMAT = 1
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_path(store_id: str) -> Path:
    """Where the key file of a store lies unless a caller says otherwise.

    `$FORETHOUGHT_KEYS` names a folder, or the key file itself (`*.key`); without it the user's
    data folder is used.
    """
    chosen = os.environ.get(KEYS_VARIABLE)
    if chosen:
        path = Path(chosen).expanduser()
        return path if path.suffix == ".key" else path / f"{store_id}.key"
    return _user_data() / "forethought" / "keys" / f"{store_id}.key"


def _user_data() -> Path:
    if os.environ.get("XDG_DATA_HOME"):
        return Path(os.environ["XDG_DATA_HOME"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()))
    return Path.home() / ".local" / "share"


@dataclass(frozen=True)
class KeyRing:
    """The root key of one store and what is derived from it (HKDF-SHA256, RFC 5869).

    Each use has a sub-key of its own: `landing`, `quarantine`, `vault`, `pseudonym`, `audit`,
    `backup` and `agreement:<id>`; the signing key is Ed25519. Losing the file loses landing,
    quarantine, vault and backups for good.

    Args:
        path: The key file.
        root: 32 random bytes; never printed.
    """

    path: Path
    root: bytes = field(repr=False)

    @classmethod
    def create(cls, path: Path) -> KeyRing:
        """Make a new key file, readable by its owner alone.

        Raises:
            StoreError: A file is there already, or it cannot be written.
        """
        ring = cls(path, secrets.token_bytes(KEY_BYTES))
        text = json.dumps({"format": KEY_FILE_FORMAT, "root": base64.b64encode(ring.root).decode()})
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise StoreError(
                "There is a key file already; a second key would not open what it sealed.",
                where=str(path),
                remedy="Use the key that is there, or choose another place.",
            ) from None
        except OSError as error:
            raise StoreError(
                f"The key file cannot be written ({error.strerror}).",
                where=str(path),
                remedy=f"Set {KEYS_VARIABLE} to a folder you may write, outside the store.",
            ) from None
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        return ring

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """Read a key file.

        Raises:
            StoreError: It is missing, damaged, or others on this machine may read it.
        """
        try:
            mode = path.stat().st_mode
            saved = json.loads(path.read_text(encoding="utf-8"))
            root = base64.b64decode(saved["root"], validate=True)
        except FileNotFoundError:
            raise StoreError(
                "The store's key file is missing.",
                where=str(path),
                remedy=f"Bring the key file back, or set {KEYS_VARIABLE} to the folder it is in.",
            ) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(
                "The key file cannot be read.",
                where=str(path),
                remedy="Bring it back from the copy you keep apart from the store's backups.",
            ) from None
        if len(root) != KEY_BYTES:
            raise StoreError(
                "The key file is damaged.", where=str(path), remedy="Bring it back from its copy."
            )
        if os.name == "posix" and mode & OTHERS:
            raise StoreError(
                "The key file can be read by others on this machine.",
                where=str(path),
                remedy=f"Run: chmod 600 {path}",
            )
        return cls(path, root)

    def sub_key(self, name: str) -> bytes:
        """The 32-byte key of one use; the same name always gives the same key."""
        info = f"forethought/1/{name}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.root)

    def agreement_key(self, agreement: str) -> bytes:
        """The key under which ids leave the store for one agreement."""
        return self.sub_key(f"agreement:{agreement}")

    @property
    def fingerprint(self) -> str:
        """A name for the root key that gives nothing of it away, to tell a wrong key."""
        return self.sub_key("fingerprint").hex()[:32]

    @property
    def public_key(self) -> str:
        """The Ed25519 key, as hexadecimal text, by which anybody can check a signature."""
        return self._signing().public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """An Ed25519 signature as hexadecimal text."""
        return self._signing().sign(message).hex()

    def verifies(self, message: bytes, signature: str) -> bool:
        """Whether this ring signed exactly this message."""
        try:
            self._signing().public_key().verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.sub_key("signing"))
