"""Rows of the audit chain: append one, read them, know the head.

What a row says and how it is sealed belongs to `trust`; here it is a sequence without gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import Row, insert, select, update

from forethought.data.control.connection import Control
from forethought.data.control.schema import audit
from forethought.data.control.schema import audit_head as head_table


@dataclass(frozen=True)
class AuditRow:
    """One row of the chain.

    Args:
        seq: Its place in the chain, from 1, without gaps.
        at: Instant, ISO 8601 in UTC.
        action: What was done, e.g. `read`.
        person: Username, or empty.
        subject: Dataset, run, insight or account it was done to.
        entry: The sealed text, canonical JSON.
        previous: Digest of the row before it.
        digest: Digest of this row.
    """

    seq: int
    at: str
    action: str
    person: str
    subject: str
    entry: str
    previous: str
    digest: str


@dataclass(frozen=True)
class AuditHead:
    """The last row of the chain: its place and digest."""

    seq: int
    digest: str


def append_audit(control: Control, seal: Callable[[AuditHead], AuditRow]) -> AuditRow:
    """Append the row that `seal` makes from the head, alone among all writers.

    Args:
        control: The open records.
        seal: Called once, inside the transaction, with the head that the row follows.
    """
    with control.writing() as connection:
        held = connection.execute(select(head_table).with_for_update()).one()
        row = seal(AuditHead(held.seq, held.digest))
        connection.execute(insert(audit), asdict(row))
        connection.execute(update(head_table).values(seq=row.seq, digest=row.digest))
    return row


def audit_head(control: Control) -> AuditHead:
    """The last row's place and digest; place 0 where the chain is empty."""
    with control.reading() as connection:
        held = connection.execute(select(head_table)).one_or_none()
    return AuditHead(held.seq, held.digest) if held else AuditHead(0, "")


def audit_rows(control: Control, after: int = 0, batch: int = 2_000) -> Iterator[AuditRow]:
    """Every row after a place, in order, read in batches."""
    while True:
        query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(batch)
        with control.reading() as connection:
            rows = connection.execute(query).all()
        yield from map(_row, rows)
        if len(rows) < batch:
            return
        after = rows[-1].seq


def latest_audit(
    control: Control,
    *,
    person: str | None = None,
    subject: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """The newest rows first, of one person, subject or action, before a place, where given."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    for column, value in ((audit.c.person, person), (audit.c.subject, subject)):
        if value is not None:
            query = query.where(column == value)
    if action is not None:
        query = query.where(audit.c.action == action)
    if before is not None:
        query = query.where(audit.c.seq < before)
    with control.reading() as connection:
        return [_row(row) for row in connection.execute(query)]


def _row(row: Row[tuple[object, ...]]) -> AuditRow:
    return AuditRow(**row._mapping)  # noqa: SLF001 - the documented way to a row's names
