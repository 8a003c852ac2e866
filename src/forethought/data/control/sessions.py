"""Sessions of signed-in people, so that signing out ends them at the server."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from forethought.data.control.connection import Control
from forethought.data.control.schema import session as session_table


@dataclass(frozen=True)
class Session:
    """A signed-in session; instants are ISO 8601 in UTC.

    Args:
        token_digest: Digest of the token in the browser's cookie; the token is not kept.
        username: Who is signed in.
        created_at: When they signed in.
        last_seen_at: Their last request.
        expires_at: When the session ends whatever happens.
    """

    token_digest: str
    username: str
    created_at: str
    last_seen_at: str
    expires_at: str


def save_session(control: Control, record: Session, *, forget_before: str = "") -> None:
    """Keep a new session; sessions that expired before an instant go."""
    with control.writing() as connection:
        connection.execute(delete(session_table).where(session_table.c.expires_at < forget_before))
        connection.execute(insert(session_table), vars(record))


def session(control: Control, token_digest: str) -> Session | None:
    """The session of a token, if there is one."""
    query = select(session_table).where(session_table.c.token_digest == token_digest)
    with control.reading() as connection:
        row = connection.execute(query).one_or_none()
    return Session(*row) if row else None


def touch_session(control: Control, token_digest: str, at: str) -> None:
    """Note a request of a session."""
    change = (
        update(session_table)
        .where(session_table.c.token_digest == token_digest)
        .values(last_seen_at=at)
    )
    with control.writing() as connection:
        connection.execute(change)


def end_session(control: Control, token_digest: str) -> None:
    """End one session."""
    with control.writing() as connection:
        connection.execute(
            delete(session_table).where(session_table.c.token_digest == token_digest)
        )


def end_sessions_of(control: Control, username: str) -> None:
    """End every session of a person."""
    with control.writing() as connection:
        connection.execute(delete(session_table).where(session_table.c.username == username))
