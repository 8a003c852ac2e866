"""What people answered to what an insight raised; kept for good, a new answer is a new row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select

from forethought.data.control.connection import Control
from forethought.data.control.schema import response as response_table


@dataclass(frozen=True)
class ResponseRow:
    """An answer to a signal.

    Args:
        id: Unique name of the row.
        insight: Id of the insight that raised it.
        subject: Key of the series.
        since: First day of the change as it was estimated then, ISO text.
        state: `acknowledged` or `resolved`.
        reason: The person's words.
        person: Username of who answered.
        role: The role they acted in.
        run_id: Run that they saw.
        made_at: Instant, ISO 8601 in UTC.
    """

    id: str
    insight: str
    subject: str
    since: str
    state: str
    reason: str
    person: str
    role: str
    run_id: str
    made_at: str


def add_response(control: Control, record: ResponseRow) -> None:
    """Keep an answer."""
    with control.writing() as connection:
        connection.execute(insert(response_table), vars(record))


def responses(control: Control, insight: str, subject: str | None = None) -> list[ResponseRow]:
    """Answers to one signal, or to every signal of an insight, oldest first."""
    table = response_table
    query = select(table).where(table.c.insight == insight)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    with control.reading() as connection:
        rows = connection.execute(query.order_by(table.c.made_at, table.c.id)).all()
    return [ResponseRow(*row) for row in rows]
