"""Approvals and withdrawals, and the choices that people make from an insight's options.

Both are kept for good: a new verdict is a new row, and the newest one holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select

from forethought.data.control.connection import Control
from forethought.data.control.schema import approval as approval_table
from forethought.data.control.schema import choice as choice_table


@dataclass(frozen=True)
class Approval:
    """A verdict on an insight, a publication or an agreement.

    Args:
        id: Unique name of the row.
        subject_kind: `insight`, `publication` or `agreement`.
        subject: Id of what was judged.
        stage: Stage of the process, e.g. `advice`, `decision`.
        verdict: `approved`, `advised`, `refused` or `withdrawn`.
        person: Username of who judged.
        role: The role they acted in.
        reason: Their words.
        decided_at: Instant, ISO 8601 in UTC.
        expires_on: Last day it holds, ISO text; empty for no end.
        scope: Hash of what was judged, where the subject may change under its name.
    """

    id: str
    subject_kind: str
    subject: str
    stage: str
    verdict: str
    person: str
    role: str
    reason: str
    decided_at: str
    expires_on: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Choice:
    """What a person chose after seeing an insight, and why.

    Args:
        id: Unique name of the row.
        subject_kind: What the choice is about, e.g. `insight`, `review_plan`.
        subject: Its id.
        choice: What was chosen.
        person: Username of who chose.
        reason: Their words.
        run_id: Run that they saw.
        made_at: Instant, ISO 8601 in UTC.
    """

    id: str
    subject_kind: str
    subject: str
    choice: str
    person: str
    reason: str
    run_id: str
    made_at: str


def add_approval(control: Control, record: Approval) -> None:
    """Keep a verdict."""
    with control.writing() as connection:
        connection.execute(insert(approval_table), vars(record))


def approvals(control: Control, subject_kind: str, subject: str | None = None) -> list[Approval]:
    """Verdicts on one subject, or on every subject of a kind, oldest first."""
    table = approval_table
    query = select(table).where(table.c.subject_kind == subject_kind)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    with control.reading() as connection:
        rows = connection.execute(query.order_by(table.c.decided_at, table.c.id)).all()
    return [Approval(*row) for row in rows]


def add_choice(control: Control, record: Choice) -> None:
    """Keep a choice."""
    with control.writing() as connection:
        connection.execute(insert(choice_table), vars(record))


def choices(control: Control, subject_kind: str, subject: str | None = None) -> list[Choice]:
    """Choices about one subject, or about every subject of a kind, oldest first."""
    table = choice_table
    query = select(table).where(table.c.subject_kind == subject_kind)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    with control.reading() as connection:
        rows = connection.execute(query.order_by(table.c.made_at, table.c.id)).all()
    return [Choice(*row) for row in rows]
