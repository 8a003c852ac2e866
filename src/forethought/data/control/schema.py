"""The tables of the control records, in types that SQLite and PostgreSQL share.

Instants are ISO 8601 text in UTC and days are ISO text: one form on both engines, and the form
that the audit seals.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, Table, Text

VERSION = 3

metadata = MetaData()

schema_version = Table(
    "schema_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("username", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("password_set_at", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("name_digest", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Text, nullable=False),
    Column("locked_until", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("started_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
)
Index("session_by_username", session.c.username)

approval = Table(
    "approval",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject_kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("expires_on", Text, nullable=False),
    Column("scope", Text, nullable=False),
)
Index("approval_by_subject", approval.c.subject_kind, approval.c.subject, approval.c.decided_at)

choice = Table(
    "choice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject_kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)
Index("choice_by_subject", choice.c.subject_kind, choice.c.subject, choice.c.made_at)

response = Table(
    "response",
    metadata,
    Column("id", Text, primary_key=True),
    Column("insight", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)
Index("response_by_subject", response.c.insight, response.c.subject, response.c.made_at)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
Index("audit_by_person", audit.c.person, audit.c.seq)
Index("audit_by_subject", audit.c.subject, audit.c.seq)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
)

# From each earlier form to the next one; tables that are new are made without being named here.
UPGRADES: dict[int, tuple[str, ...]] = {
    1: ("ALTER TABLE approval ADD COLUMN scope TEXT NOT NULL DEFAULT ''",),
    2: (),  # the new table of responses
}
