"""Who is signed in: one row for each browser, found by the digest of its key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, or_, select, update

from forethought.data.control.connection import Control
from forethought.data.control.schema import session as session_table


@dataclass(frozen=True)
class SessionRow:
    """A signed-in browser.

    Args:
        digest: SHA-256 of its key, in hex; the key itself is kept nowhere.
        username: Who signed in.
        started_at: When, in seconds since 1970.
        seen_at: When it last asked for something, in seconds since 1970.
    """

    digest: str
    username: str
    started_at: float
    seen_at: float


def add_session(control: Control, row: SessionRow, *, most: int) -> None:
    """Keep a session; of more than `most` those that were seen longest ago go."""
    table = session_table
    with control.writing() as connection:
        held = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if held >= most:
            oldest = select(table.c.digest).order_by(table.c.seen_at).limit(held - most + 1)
            digests = connection.execute(oldest).scalars().all()
            connection.execute(delete(table).where(table.c.digest.in_(digests)))
        connection.execute(insert(table), vars(row))


def find_session(control: Control, digest: str) -> SessionRow | None:
    """The session of a digest, ended or not, if it is kept."""
    query = select(session_table).where(session_table.c.digest == digest)
    with control.reading() as connection:
        row = connection.execute(query).one_or_none()
    return SessionRow(*row) if row else None


def see_session(control: Control, digest: str, at: float) -> None:
    """Note that a session asked for something; one that was ended meanwhile stays ended."""
    change = update(session_table).where(session_table.c.digest == digest).values(seen_at=at)
    with control.writing() as connection:
        connection.execute(change)


def end_session(control: Control, digest: str) -> bool:
    """End one session; False where there is none."""
    with control.writing() as connection:
        gone = delete(session_table).where(session_table.c.digest == digest)
        return connection.execute(gone).rowcount == 1


def end_sessions(control: Control, username: str) -> int:
    """End every session of a person; returns how many there were."""
    with control.writing() as connection:
        gone = delete(session_table).where(session_table.c.username == username)
        return connection.execute(gone).rowcount


def forget_sessions(control: Control, *, started_before: float, seen_before: float) -> None:
    """Remove sessions that began, or were last seen, before an instant."""
    table = session_table
    old = or_(table.c.started_at < started_before, table.c.seen_at < seen_before)
    with control.writing() as connection:
        connection.execute(delete(table).where(old))
