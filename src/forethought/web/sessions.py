"""Who is signed in: a signed cookie outside, the record that counts inside.

The cookie holds only a random key with a signature. What it opens is kept by the workspace under
the key's digest, so that every process of the site knows it, a restart changes nothing, and
signing out, or an administrator, ends it at once whatever the browser keeps.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Protocol

from itsdangerous import BadSignature, Signer

LONGEST_HOURS = 12
NOTED_EVERY = 30  # a session's last request is written down to a thirtieth of its idle time


class Session(Protocol):
    """A signed-in browser; times in seconds of the clock given to `Sessions`."""

    @property
    def username(self) -> str:
        """Who signed in."""

    @property
    def started_at(self) -> float:
        """When."""

    @property
    def seen_at(self) -> float:
        """When it last asked for something."""


class Keeper(Protocol):
    """Keeps sessions by the digest of their key; several processes share one."""

    def add(self, digest: str, username: str, at: float) -> None:
        """Keep a session that begins."""

    def get(self, digest: str) -> Session | None:
        """The session of a digest, if it is kept."""

    def seen(self, digest: str, at: float) -> None:
        """Note that it asked for something."""

    def end(self, digest: str) -> None:
        """End one session: its person signed out."""

    def end_all(self, username: str) -> None:
        """End every session of a person."""

    def forget(self, *, started_before: float, seen_before: float) -> None:
        """Remove sessions that began, or were last seen, before an instant."""


class Sessions:
    """The sessions of a site; safe to share between threads.

    Args:
        secret: Key that signs the cookie; the same in every process of the site.
        keeper: Where sessions are kept.
        idle_minutes: A session ends after this long without a request.
        clock: Seconds since 1970, the same in every process.
    """

    def __init__(
        self,
        secret: bytes,
        keeper: Keeper,
        *,
        idle_minutes: float = 15,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._signer = Signer(
            secret, salt="forethought.session", key_derivation="hmac", digest_method=hashlib.sha256
        )
        self._keeper = keeper
        self._idle_seconds = idle_minutes * 60
        self._clock = clock

    def start(self, username: str) -> str:
        """Open a session; returns the cookie's value."""
        key = secrets.token_urlsafe(32)
        now = self._clock()
        self._keeper.forget(
            started_before=now - LONGEST_HOURS * 3600, seen_before=now - self._idle_seconds
        )
        self._keeper.add(_digest(key), username, now)
        return self._signer.sign(key).decode()

    def find(self, token: str) -> str | None:
        """The username of a live session, which this call keeps alive, or None."""
        digest = self._verified(token)
        session = self._keeper.get(digest) if digest else None
        if session is None:
            return None
        now = self._clock()
        idle = now - session.seen_at
        if idle > self._idle_seconds or now - session.started_at > LONGEST_HOURS * 3600:
            return None
        if idle > self._idle_seconds / NOTED_EVERY:
            self._keeper.seen(digest, now)
        return session.username

    def end(self, token: str) -> None:
        """Close one session."""
        digest = self._verified(token)
        if digest:
            self._keeper.end(digest)

    def end_all(self, username: str) -> None:
        """Close every session of a person."""
        self._keeper.end_all(username)

    def _verified(self, token: str) -> str:
        try:
            return _digest(self._signer.unsign(token).decode())
        except (BadSignature, UnicodeError):
            return ""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
