"""Local accounts and the count of failed sign-ins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from forethought.data.control.connection import Control
from forethought.data.control.schema import account as account_table
from forethought.data.control.schema import sign_in_attempt


@dataclass(frozen=True)
class Account:
    """A local account.

    Args:
        username: The person's username.
        password_hash: As argon2 writes it.
        password_set_at: Instant, ISO 8601 in UTC.
        disabled: Whether sign-in is off.
    """

    username: str
    password_hash: str
    password_set_at: str
    disabled: bool = False


@dataclass(frozen=True)
class Attempts:
    """Failed sign-ins in a row under one name, whether or not it has an account.

    Args:
        failures: How many.
        last_at: Instant of the last one.
        locked_until: Instant before which no attempt counts; empty for none.
    """

    failures: int = 0
    last_at: str = ""
    locked_until: str = ""


def account(control: Control, username: str) -> Account | None:
    """The account of a username, if there is one."""
    query = select(account_table).where(account_table.c.username == username)
    with control.reading() as connection:
        row = connection.execute(query).one_or_none()
    return (
        Account(row.username, row.password_hash, row.password_set_at, row.disabled) if row else None
    )


def accounts(control: Control) -> list[str]:
    """Usernames that have an account, in order."""
    query = select(account_table.c.username).order_by(account_table.c.username)
    with control.reading() as connection:
        return list(connection.execute(query).scalars())


def save_account(control: Control, record: Account) -> None:
    """Make an account, or replace it."""
    with control.writing() as connection:
        connection.execute(delete(account_table).where(account_table.c.username == record.username))
        connection.execute(insert(account_table), vars(record))


def disable_account(control: Control, username: str, *, disabled: bool) -> bool:
    """Turn sign-in off or on; False where there is no such account."""
    change = (
        update(account_table).where(account_table.c.username == username).values(disabled=disabled)
    )
    with control.writing() as connection:
        return connection.execute(change).rowcount == 1


def begin_attempt(
    control: Control, name_digest: str, next_state: Callable[[Attempts], Attempts | None]
) -> Attempts | None:
    """Count an attempt before its password is looked at, so that parallel ones cannot slip by.

    Args:
        control: The open records.
        name_digest: Digest of the name that was typed.
        next_state: From the attempts so far to the new ones, or None to refuse this one.

    Returns:
        The new state; None where the attempt is refused.
    """
    where = sign_in_attempt.c.name_digest == name_digest
    with control.writing() as connection:
        row = connection.execute(select(sign_in_attempt).where(where).with_for_update()).first()
        held = Attempts(row.failures, row.last_at, row.locked_until) if row else Attempts()
        new = next_state(held)
        if new is not None:
            connection.execute(delete(sign_in_attempt).where(where))
            connection.execute(insert(sign_in_attempt), {"name_digest": name_digest, **vars(new)})
    return new


def clear_attempts(
    control: Control, name_digest: str | None = None, *, before: str | None = None
) -> None:
    """Forget the failures of one name, or all whose last one is older than an instant."""
    forget = delete(sign_in_attempt)
    if name_digest is not None:
        forget = forget.where(sign_in_attempt.c.name_digest == name_digest)
    if before is not None:
        forget = forget.where(sign_in_attempt.c.last_at < before)
    with control.writing() as connection:
        connection.execute(forget)
