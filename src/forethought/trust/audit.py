"""The audit: a chain of sealed entries that shows edit, deletion, reorder and truncation.

Entry n is sealed with `HMAC-SHA256(key, digest of n-1, newline, canonical JSON of n)`. The chain
alone cannot show that its end was cut off, or that the holder of the key wrote it anew; the heads
that manifests carry, signed with another key, can. An entry says who, what, for which purpose, on
which columns, in which run and with which answer; it never holds a value of a row.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from forethought.data.control import (
    AuditHead,
    AuditRow,
    Control,
    append_audit,
    audit_head,
    audit_rows,
    latest_audit,
)
from forethought.errors import CheckFailed, Problem
from forethought.place.calendar import long_date

GENESIS = "0" * 64
READS = {
    "read": ("read", "was refused"),
    "look up": ("looked up people of", "was refused names of"),
}
FREE_TEXT = frozenset({"reason", "note", "words"})
LONGEST_TEXT = 500
# Nine digits or more, however spaced: NHS number, UPRN, telephone.
LONG_NUMBER = re.compile(r"\d(?:[ \-./]?\d){8,}")

Details = Mapping[str, Any]


def utc_now() -> datetime:
    """The instant, in UTC: the clock of the audit unless a caller brings another."""
    return datetime.now(tz=UTC)


@dataclass(frozen=True)
class AuditEntry:
    """One entry.

    Args:
        seq: Its place in the chain, from 1.
        at: When.
        action: What was done: `read`, `run`, `sign in`, ...
        person: Username of who did it; empty for the system.
        subject: Dataset, run, insight, agreement or account.
        purpose: Purpose id, where data was read.
        details: Names and counts, never values of rows.
        digest: The seal.
    """

    seq: int
    at: datetime
    action: str
    person: str
    subject: str
    purpose: str
    details: Details = field(default_factory=dict)
    digest: str = ""

    @property
    def text(self) -> str:
        """What was done and with which answer, in words, without who and when."""
        words = _verb(self)
        if self.purpose:
            words.append(f"for {self.purpose}")
        run = str(self.details.get("run") or "")
        if run and run != self.subject:
            words.append(f"in run {run}")
        return " ".join(words) + "." + _answer(self.details)

    def sentence(self, name_of: Callable[[str], str] = str) -> str:
        """The entry in words: when, who, what, with which answer.

        Args:
            name_of: From username to the name that a page shows.
        """
        who = name_of(self.person) if self.person else "the system"
        when = f"{long_date(self.at.date())} at {self.at:%H:%M}"
        return f"{when}, {who}: {self.text}"


@dataclass(frozen=True)
class Verification:
    """What checking the chain found.

    Args:
        entries: Entries looked at.
        heads: Signed heads compared.
        problems: What is wrong, with the place of the entry; empty where all holds.
    """

    entries: int
    heads: int
    problems: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def or_raise(self) -> Verification:
        """Itself.

        Raises:
            CheckFailed: Something is wrong.
        """
        if self.problems:
            raise CheckFailed(
                "The audit chain was changed.",
                remedy="Keep the store as it is and tell information governance.",
                problems=[Problem(problem) for problem in self.problems],
            )
        return self


class AuditLog:
    """The audit of one store.

    Args:
        control: The open control records.
        key: The chain's secret key (the key ring's sub-key `audit`).
        now: The clock.
    """

    def __init__(
        self, control: Control, key: bytes, *, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.control = control
        self._key = key
        self._now = now

    def append(
        self,
        action: str,
        *,
        person: str = "",
        subject: str = "",
        purpose: str = "",
        details: Details | None = None,
    ) -> AuditEntry:
        """Write an entry; it is on disk when this returns.

        Args:
            action: What is done.
            person: Username of who does it.
            subject: What it is done to.
            purpose: Purpose id of a read.
            details: Names and counts. Long numbers in free text are taken out.

        Raises:
            StoreError: It could not be written, so what it speaks of must not happen.
        """
        body = {
            "action": action,
            "person": person,
            "subject": subject,
            "purpose": purpose,
            "details": {key: _clean(key, value) for key, value in (details or {}).items()},
        }

        def seal(head: AuditHead) -> AuditRow:
            at = self._now().astimezone(UTC).isoformat(timespec="microseconds")
            entry = canonical({"seq": head.seq + 1, "at": at, **body})
            digest = self._digest(head.digest, entry)
            return AuditRow(head.seq + 1, at, action, person, subject, entry, head.digest, digest)

        return _entry(append_audit(self.control, seal))

    def entries(
        self,
        *,
        person: str | None = None,
        subject: str | None = None,
        action: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """The newest entries first, of one person, subject or action where given.

        Args:
            person: Username of who did it.
            subject: What it was done to.
            action: What was done.
            before: Only entries before this place in the chain, for paging.
            limit: How many.
        """
        rows = latest_audit(
            self.control,
            person=person,
            subject=subject,
            action=action,
            before=before,
            limit=limit,
        )
        return [_entry(row) for row in rows]

    def head(self) -> dict[str, Any]:
        """Place and digest of the last entry, for a manifest to carry and sign."""
        head = audit_head(self.control)
        return {"seq": head.seq, "digest": head.digest}

    def verify(
        self,
        heads: Iterable[Mapping[str, Any]] = (),
        *,
        signed: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Verification:
        """Check every seal, every place, and every head that was kept elsewhere.

        Args:
            heads: Heads as `head` gave them, from manifests; more keys do no harm.
            signed: Whether a head's signature is good; None where the caller has checked.
        """
        problems: list[str] = []
        wanted: dict[int, list[Mapping[str, Any]]] = {}
        count = 0
        for head in heads:
            count += 1
            if signed is not None and not signed(head):
                problems.append(_problem(int(head["seq"]), "The signature of this head is wrong."))
                continue
            wanted.setdefault(int(head["seq"]), []).append(head)
        entries, last = self._walk(wanted, problems)
        problems += _missing(wanted, last)
        kept = audit_head(self.control)
        if (kept.seq, kept.digest) != (last.seq, last.digest):
            problems.append(
                _problem(kept.seq, "The last entry is not the one that the records name as last.")
            )
        return Verification(entries, count, tuple(problems))

    def _walk(
        self, wanted: Mapping[int, list[Mapping[str, Any]]], problems: list[str]
    ) -> tuple[int, AuditHead]:
        last, entries = AuditHead(0, GENESIS), 0
        problems += _differing(wanted, last)
        for row in audit_rows(self.control):
            entries += 1
            if row.seq != last.seq + 1:
                gap = f"Entries {last.seq + 1} to {row.seq - 1} are gone."
                problems.append(_problem(row.seq, gap))
            elif row.previous != last.digest:
                problems.append(_problem(row.seq, "It does not follow the entry before it."))
            sealed = self._digest(row.previous, row.entry)
            if not hmac.compare_digest(sealed, row.digest) or not _same_as_sealed(row):
                problems.append(_problem(row.seq, "It was changed after it was written."))
            last = AuditHead(row.seq, row.digest)
            problems += _differing(wanted, last)
        return entries, last

    def _digest(self, previous: str, entry: str) -> str:
        message = f"{previous}\n{entry}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def without_long_numbers(text: str) -> str:
    """Free text cut to a sensible length, with whatever could be an identifier taken out."""
    return LONG_NUMBER.sub("[number removed]", text)[:LONGEST_TEXT]


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return without_long_numbers(value) if key in FREE_TEXT else value[:LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_clean(key, item) for item in items]
    return value if isinstance(value, bool | int | float | None) else str(value)


def _differing(wanted: Mapping[int, list[Mapping[str, Any]]], last: AuditHead) -> Iterable[str]:
    for head in wanted.get(last.seq, ()):
        if head["digest"] != last.digest:
            yield _problem(last.seq, "It is not the entry that a signed head names.")


def _missing(wanted: Mapping[int, list[Mapping[str, Any]]], last: AuditHead) -> Iterable[str]:
    beyond = [seq for seq in wanted if seq > last.seq]
    if beyond:
        gone = f"A signed head names entry {max(beyond)}, but the chain ends at {last.seq}."
        yield _problem(max(beyond), gone)


def _problem(seq: int, what: str) -> str:
    return f"entry {seq}: {what}"


def _same_as_sealed(row: AuditRow) -> bool:
    try:
        sealed = json.loads(row.entry)
        return (row.seq, row.at, row.action, row.person, row.subject) == (
            sealed["seq"],
            sealed["at"],
            sealed["action"],
            sealed["person"],
            sealed["subject"],
        )
    except (ValueError, KeyError, TypeError):
        return False


def _entry(row: AuditRow) -> AuditEntry:
    sealed = json.loads(row.entry)
    return AuditEntry(
        seq=row.seq,
        at=datetime.fromisoformat(row.at),
        action=row.action,
        person=row.person,
        subject=row.subject,
        purpose=sealed["purpose"],
        details=sealed["details"],
        digest=row.digest,
    )


def _verb(entry: AuditEntry) -> list[str]:
    if entry.action not in READS:
        return [f"{entry.action} {entry.subject}".strip()]
    columns = entry.details.get("columns") or []
    counted = f"{len(columns)} column{'' if len(columns) == 1 else 's'}"
    done, refused = READS[entry.action]
    verb = done if entry.details.get("allowed") else refused
    return [verb, entry.subject, f"({counted if columns else 'all columns'})"]


def _answer(details: Details) -> str:
    if details.get("allowed") is False:
        return f" {details.get('why', '')}".rstrip()
    return f" Basis: {details['basis']}." if details.get("basis") else ""
