"""Sealed bytes: authenticated encryption in chunks, in memory or as a stream.

A sealed file is `FTS1`, 16 bytes of salt, then chunks of AES-256-GCM (1 MiB of text each). The
file's own key is HKDF-SHA256 of the given key and the salt; the nonce counts the chunks and marks
the last one, so a chunk that is cut off, moved or repeated does not open (the STREAM construction
of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). The context, the file's place in the store,
is authenticated too: a sealed file put in another's place does not open.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from forethought.errors import StoreError

MAGIC = b"FTS1"
SALT_BYTES = 16
CHUNK_BYTES = 1 << 20
TAG_BYTES = 16


class _Chunks:
    """The cipher of one sealed file: one nonce for each chunk, in order."""

    def __init__(self, key: bytes, salt: bytes, context: str) -> None:
        info = b"forethought/seal/1"
        self._cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key))
        self._aad = MAGIC + context.encode()
        self._count = 0

    def _nonce(self, *, last: bool) -> bytes:
        nonce = self._count.to_bytes(11, "big") + bytes([last])
        self._count += 1
        return nonce

    def seal(self, text: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), text, self._aad)

    def unseal(self, sealed: bytes, *, last: bool) -> bytes:
        return self._cipher.decrypt(self._nonce(last=last), sealed, self._aad)


class SealedWriter(io.RawIOBase):
    """Writes sealed bytes to a file as they come; `close` writes the last chunk.

    Args:
        file: Open for writing in binary; closing this does not close it.
        key: 32 bytes.
        context: What the file is, for example its path in the store.
    """

    def __init__(self, file: BinaryIO, key: bytes, context: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._file = file
        self._chunks = _Chunks(key, salt, context)
        self._pending = bytearray()
        file.write(MAGIC + salt)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Take any bytes; whole chunks go out at once."""
        view = memoryview(data)  # type: ignore[arg-type]
        self._pending += view
        # A full chunk waits until more follows: only then is it known not to be the last.
        start = 0
        while len(self._pending) - start > CHUNK_BYTES:
            chunk = bytes(self._pending[start : start + CHUNK_BYTES])
            self._file.write(self._chunks.seal(chunk, last=False))
            start += CHUNK_BYTES
        del self._pending[:start]
        return view.nbytes

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._file.write(self._chunks.seal(bytes(self._pending), last=True))
        super().close()


class SealedReader(io.RawIOBase):
    """Reads what `SealedWriter` wrote; each chunk is authenticated before a byte of it is given.

    Raises:
        StoreError: At once where the file is not sealed, later where it was changed or cut.
    """

    def __init__(self, file: BinaryIO, key: bytes, context: str) -> None:
        head = file.read(len(MAGIC) + SALT_BYTES)
        if len(head) < len(MAGIC) + SALT_BYTES or not head.startswith(MAGIC):
            raise _unreadable(context)
        self._file = file
        self._context = context
        self._chunks = _Chunks(key, head[len(MAGIC) :], context)
        self._next = file.read(CHUNK_BYTES + TAG_BYTES)
        self._ready = memoryview(b"")
        self._done = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: object) -> int:
        """Fill the target as far as one chunk goes; 0 at the end."""
        if not self._ready and not self._done:
            self._ready = memoryview(self._open_chunk())
        view = memoryview(target).cast("B")  # type: ignore[arg-type]
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _open_chunk(self) -> bytes:
        sealed, self._next = self._next, self._file.read(CHUNK_BYTES + TAG_BYTES)
        self._done = not self._next
        try:
            return self._chunks.unseal(sealed, last=self._done)
        except InvalidTag:
            raise _unreadable(self._context) from None


def _unreadable(context: str) -> StoreError:
    return StoreError(
        "A sealed file does not open: it was changed or cut, or the key is another one.",
        where=context,
        remedy="Check that the right key file is in use; else restore the last backup.",
    )


def seal(data: bytes, key: bytes, context: str) -> bytes:
    """Seal bytes in memory."""
    target = io.BytesIO()
    with SealedWriter(target, key, context) as writer:
        writer.write(data)
    return target.getvalue()


def unseal(sealed: bytes, key: bytes, context: str) -> bytes:
    """Open what `seal` made.

    Raises:
        StoreError: Another key, another context, or changed bytes.
    """
    with SealedReader(io.BytesIO(sealed), key, context) as reader:
        return reader.readall() or b""
