"""Who is signed in: a signed cookie outside, the record that counts inside.

The cookie holds only a random key with a signature. What it opens is kept here, so that signing
out, or an administrator, ends it at once whatever the browser keeps.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from itsdangerous import BadSignature, Signer

LONGEST_HOURS = 12
MOST_SESSIONS = 10_000


@dataclass(frozen=True)
class Session:
    """A signed-in browser; times in seconds of the clock given to `Sessions`."""

    username: str
    started_at: float
    seen_at: float


class Sessions:
    """The sessions of one server; safe to share between threads.

    Args:
        secret: Key that signs the cookie.
        idle_minutes: A session ends after this long without a request.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        idle_minutes: float = 15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signer = Signer(
            secret, salt="forethought.session", key_derivation="hmac", digest_method=hashlib.sha256
        )
        self._idle_seconds = idle_minutes * 60
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    def start(self, username: str) -> str:
        """Open a session; returns the cookie's value."""
        key = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._forget_ended(now)
            while len(self._open) >= MOST_SESSIONS:
                del self._open[min(self._open, key=lambda k: self._open[k].seen_at)]
            self._open[_digest(key)] = Session(username, now, now)
        return self._signer.sign(key).decode()

    def find(self, token: str) -> str | None:
        """The username of a live session, which this call keeps alive, or None."""
        digest = self._verified(token)
        now = self._clock()
        with self._lock:
            session = self._open.get(digest)
            if session is None:
                return None
            if self._has_ended(session, now):
                del self._open[digest]
                return None
            self._open[digest] = replace(session, seen_at=now)
            return session.username

    def end(self, token: str) -> None:
        """Close one session."""
        with self._lock:
            self._open.pop(self._verified(token), None)

    def end_all(self, username: str) -> None:
        """Close every session of a person."""
        with self._lock:
            for digest in [d for d, s in self._open.items() if s.username == username]:
                del self._open[digest]

    def _verified(self, token: str) -> str:
        try:
            return _digest(self._signer.unsign(token).decode())
        except (BadSignature, UnicodeError):
            return ""

    def _has_ended(self, session: Session, now: float) -> bool:
        idle = now - session.seen_at > self._idle_seconds
        return idle or now - session.started_at > LONGEST_HOURS * 3600

    def _forget_ended(self, now: float) -> None:
        for digest in [d for d, s in self._open.items() if self._has_ended(s, now)]:
            del self._open[digest]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
