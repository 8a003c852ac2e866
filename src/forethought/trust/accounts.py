"""Local accounts: argon2id passwords, and a lock that grows with each failed sign-in.

A name without an account costs an attempt and the time of a hash like any other, so that neither
the answer nor its delay tells who has one.

References:
    RFC 9106 (argon2id); NCSC, Password administration for system owners; OWASP ASVS 5.0, V6.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from forethought.data.control import (
    Account,
    Attempts,
    Control,
    account,
    accounts,
    begin_attempt,
    clear_attempts,
    disable_account,
    end_sessions,
    save_account,
)
from forethought.errors import AccessDenied, NotFound, UsageError, did_you_mean
from forethought.trust.audit import AuditLog, utc_now
from forethought.trust.people import People, Person

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 1_000
FREE_FAILURES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=30)
FORGOTTEN_AFTER = timedelta(days=1)
# No letters or digits that are taken for one another when read from paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


class Accounts:
    """The local accounts of a workspace's people.

    Args:
        control: The open control records.
        people: Who may have an account.
        audit: Where sign-ins and changes are written.
        today: The day on which access must be live, or what gives it.
        now: The clock of locks.
        hasher: Argon2id with its cost; the library's default (64 MiB, 3 passes) where None.
    """

    def __init__(
        self,
        control: Control,
        people: People,
        audit: AuditLog,
        *,
        today: date | Callable[[], date],
        now: Callable[[], datetime] = utc_now,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._control = control
        self._people = people
        self._audit = audit
        self._today = today
        self._now = now
        self._hasher = hasher or _default_hasher()
        self._nobody = ""

    def set_password(self, username: str, password: str, *, by: str = "") -> None:
        """Set somebody's password, making their account where they have none.

        Their sessions end: whoever knew the old password is signed out.

        Args:
            username: Whose.
            password: The new password.
            by: Username of who sets it; empty for the system.

        Raises:
            NotFound: Nobody of that name is in `people.yaml`.
            UsageError: The password is too short, too long or too plain.
        """
        person = self._people.person(username)
        _fit(password, person)
        at = _text(self._now())
        self._audit.append("set password", person=by, subject=username)
        save_account(self._control, Account(username, self._hasher.hash(password), at))
        end_sessions(self._control, username)
        clear_attempts(self._control, _digest(username))

    def provide(self, usernames: Iterable[str], *, by: str = "") -> Mapping[str, str]:
        """Make accounts with generated passwords for those who have none, and return them.

        Args:
            usernames: Who should have an account.
            by: Username of who asks.
        """
        there = set(accounts(self._control))
        made = {name: generated_password() for name in usernames if name not in there}
        for username, password in made.items():
            self.set_password(username, password, by=by)
        return made

    def disable(self, username: str, *, by: str = "") -> None:
        """Turn somebody's sign-in off, and end their sessions.

        Raises:
            NotFound: They have no account.
        """
        if account(self._control, username) is None:
            known = accounts(self._control)
            raise NotFound(f'"{username}" has no account.', remedy=did_you_mean(username, known))
        self._audit.append("disable account", person=by, subject=username)
        disable_account(self._control, username, disabled=True)
        end_sessions(self._control, username)

    def sign_in(self, username: str, password: str) -> Person:
        """The person of a name and password.

        Raises:
            AccessDenied: Wrong name or password, a lock after failures, or ended access. Only
                those who gave the right password learn more than that it was refused.
        """
        digest = _digest(username)
        attempts = begin_attempt(self._control, digest, self._next_attempt)
        if attempts is None:
            self._audit.append("sign in", person=self._known(username), details=_failed("locked"))
            raise _locked()
        held = account(self._control, username)
        right = self._matches(held, password)
        person = self._people.get(username)
        if held is None or person is None or not right or held.disabled:
            self._audit.append("sign in", person=self._known(username), details=_failed("wrong"))
            clear_attempts(self._control, before=_text(self._now() - FORGOTTEN_AFTER))
            raise _wrong()
        clear_attempts(self._control, digest)
        if not person.active(self._day()):
            self._audit.append("sign in", person=username, details=_failed("access ended"))
            raise AccessDenied(
                "Your access has ended.",
                remedy=f"Ask {self._people.who_to_ask('administrator', self._day())}.",
            )
        self._audit.append("sign in", person=username, details={"allowed": True})
        self._strengthen(held, password)
        return person

    def _next_attempt(self, held: Attempts) -> Attempts | None:
        now = self._now()
        if held.locked_until and now < datetime.fromisoformat(held.locked_until):
            return None
        old = held.last_at and datetime.fromisoformat(held.last_at) < now - FORGOTTEN_AFTER
        failures = (0 if old else held.failures) + 1
        return Attempts(failures, _text(now), _text(now + lock_after(failures)))

    def _matches(self, held: Account | None, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        if not self._nobody:
            self._nobody = self._hasher.hash(secrets.token_urlsafe())
        try:
            self._hasher.verify(held.password_hash if held else self._nobody, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return held is not None and len(password) <= LONGEST

    def _strengthen(self, held: Account, password: str) -> None:
        if self._hasher.check_needs_rehash(held.password_hash):
            renewed = Account(held.username, self._hasher.hash(password), held.password_set_at)
            save_account(self._control, renewed)

    def _known(self, username: str) -> str:
        # What was typed into the name's field may be a password: only known names are written.
        return username if username in self._people else ""

    def _day(self) -> date:
        return self._today if isinstance(self._today, date) else self._today()


def lock_after(failures: int) -> timedelta:
    """How long a name is locked after so many failures: nothing, then 30 seconds, doubling."""
    if failures < FREE_FAILURES:
        return timedelta()
    doublings = min(failures - FREE_FAILURES, 16)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def generated_password() -> str:
    """A password of 16 plain characters (79 bits) that can be read out: `h3kd-w8rp-...`."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def _fit(password: str, person: Person) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"A password has {SHORTEST} to {LONGEST:,} characters.",
            remedy="Three words that do not belong together are easy to keep in mind.",
        )
    lowered = password.lower()
    if person.username in lowered or len(set(lowered)) < SHORTEST // 3:
        raise UsageError(
            "This password is too easy to guess.",
            remedy="Leave your user name out and do not repeat a few characters.",
        )


def _default_hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


def _digest(username: str) -> str:
    return hashlib.sha256(username.encode()).hexdigest()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _failed(why: str) -> dict[str, object]:
    return {"allowed": False, "why": why}


def _wrong() -> AccessDenied:
    return AccessDenied("The user name or password is wrong.")


def _locked() -> AccessDenied:
    return AccessDenied(
        "Too many failed sign-ins under this name.",
        remedy="Wait half an hour at most, or ask an administrator for a new password.",
    )
