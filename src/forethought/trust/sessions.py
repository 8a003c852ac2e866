"""Sessions of signed-in people, kept in the control records so that every process knows them."""

from __future__ import annotations

from forethought.data.control import (
    Control,
    SessionRow,
    add_session,
    end_session,
    end_sessions,
    find_session,
    forget_sessions,
    see_session,
)
from forethought.trust.audit import AuditLog

MOST_SESSIONS = 10_000


class KeptSessions:
    """Keeps sessions by the digest of their key; implements `forethought.web.sessions.Keeper`.

    Args:
        control: The open control records.
        audit: Where the end of a session is written.
    """

    def __init__(self, control: Control, audit: AuditLog) -> None:
        self._control = control
        self._audit = audit

    def add(self, digest: str, username: str, at: float) -> None:
        """Keep a session that begins."""
        add_session(self._control, SessionRow(digest, username, at, at), most=MOST_SESSIONS)

    def get(self, digest: str) -> SessionRow | None:
        """The session of a digest, if it is kept."""
        return find_session(self._control, digest)

    def seen(self, digest: str, at: float) -> None:
        """Note that it asked for something."""
        see_session(self._control, digest, at)

    def end(self, digest: str) -> None:
        """End one session, and write down that its person signed out.

        Raises:
            StoreError: It could not be written down, so the session goes on.
        """
        held = find_session(self._control, digest)
        if held is not None:
            self._audit.append("sign out", person=held.username, details={"allowed": True})
            end_session(self._control, digest)

    def end_all(self, username: str) -> None:
        """End every session of a person, whose account is closed or has a new password."""
        if end_sessions(self._control, username):
            self._audit.append("end sessions", subject=username)

    def forget(self, *, started_before: float, seen_before: float) -> None:
        """Remove what has ended by age or by rest."""
        forget_sessions(self._control, started_before=started_before, seen_before=seen_before)
