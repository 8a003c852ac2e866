"""Control records: the same promises on SQLite and, where a server is named, PostgreSQL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, create_mock_engine
from sqlalchemy.schema import ExecutableDDLElement
from tests.data.postgresql import NAMED, server

from forethought.data.control import (
    Account,
    Approval,
    Attempts,
    AuditHead,
    AuditRow,
    Choice,
    Control,
    ResponseRow,
    SessionRow,
    account,
    accounts,
    add_approval,
    add_choice,
    add_response,
    add_session,
    append_audit,
    approvals,
    audit_head,
    audit_rows,
    begin_attempt,
    choices,
    clear_attempts,
    disable_account,
    end_session,
    end_sessions,
    find_session,
    forget_sessions,
    latest_audit,
    open_control,
    responses,
    save_account,
    see_session,
)
from forethought.data.control.schema import metadata
from forethought.errors import StoreError

NOW = "2026-11-24T09:00:00.000000+00:00"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a database of a real PostgreSQL; empty where there is none."""
    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def control(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Control]:
    place: Path | str = tmp_path / "control.sqlite"
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgresql")
        if not url:
            pytest.skip(f"no PostgreSQL here: install it, or set {NAMED} to an empty database")
        engine = create_engine(url)
        metadata.drop_all(engine)
        engine.dispose()
        place = url
    opened = open_control(place)
    yield opened
    opened.close()


def sealed(subject: str) -> Callable[[AuditHead], AuditRow]:
    def seal(head: AuditHead) -> AuditRow:
        return AuditRow(
            head.seq + 1, NOW, "read", "a.b", subject, "{}", head.digest, f"d{head.seq + 1}"
        )

    return seal


def test_accounts_are_saved_replaced_and_disabled(control: Control) -> None:
    assert account(control, "a.b") is None
    save_account(control, Account("a.b", "hash 1", NOW))
    save_account(control, Account("a.b", "hash 2", NOW))
    assert account(control, "a.b") == Account("a.b", "hash 2", NOW, disabled=False)
    assert disable_account(control, "a.b", disabled=True)
    assert not disable_account(control, "c.d", disabled=True)
    assert account(control, "a.b") == Account("a.b", "hash 2", NOW, disabled=True)
    assert accounts(control) == ["a.b"]


def test_a_value_is_never_read_as_a_command(control: Control) -> None:
    nasty = "x'; DROP TABLE account; --"
    save_account(control, Account(nasty, "hash", NOW))
    assert accounts(control) == [nasty]
    assert account(control, "x") is None


def test_attempts_are_counted_refused_and_forgotten(control: Control) -> None:
    def one_more(held: Attempts) -> Attempts | None:
        return Attempts(held.failures + 1, NOW, "") if held.failures < 2 else None

    counted = [begin_attempt(control, "digest", one_more) for _ in range(3)]
    assert [item.failures if item else None for item in counted] == [1, 2, None]
    clear_attempts(control, before="2020")
    assert begin_attempt(control, "digest", one_more) is None
    clear_attempts(control, "digest")
    assert begin_attempt(control, "digest", one_more) is not None


def test_approvals_and_choices_are_kept_in_their_order(control: Control) -> None:
    for number, verdict in enumerate(("approved", "withdrawn")):
        record = Approval(
            id=str(number),
            subject_kind="agreement",
            subject="isa",
            stage="decision",
            verdict=verdict,
            person="a.b",
            role="data_owner",
            reason="",
            decided_at=f"2026-11-2{number}",
        )
        add_approval(control, record)
    assert [item.verdict for item in approvals(control, "agreement")] == ["approved", "withdrawn"]
    assert approvals(control, "agreement", "other") == []
    assert approvals(control, "insight") == []
    made = Choice("1", "insight", "work", "two more staff", "a.b", "backlog", "run 1", NOW)
    add_choice(control, made)
    assert choices(control, "insight", "work") == [made]
    assert choices(control, "insight", "demand") == []
    with pytest.raises(StoreError):
        add_choice(control, made)


def test_answers_to_signals_are_kept_in_their_order(control: Control) -> None:
    made = [
        ResponseRow(
            str(n), "signals", subject, "2026-07-01", state, "why", "a.b", "leader", "run", at
        )
        for n, (subject, state, at) in enumerate(
            (
                ("requests", "acknowledged", "2026-11-20"),
                ("starts", "acknowledged", "2026-11-21"),
                ("requests", "resolved", "2026-11-22"),
            )
        )
    ]
    for record in reversed(made):
        add_response(control, record)
    assert responses(control, "signals") == made
    assert [row.state for row in responses(control, "signals", "requests")] == [
        "acknowledged",
        "resolved",
    ]
    assert responses(control, "demand") == []
    with pytest.raises(StoreError):
        add_response(control, made[0])


def test_sessions_are_kept_seen_and_ended(control: Control) -> None:
    for number, name in enumerate(("a.b", "a.b", "c.d")):
        add_session(control, SessionRow(f"digest {number}", name, 100.0, 100.0), most=10)
    see_session(control, "digest 1", 1_764_000_000.25)
    assert find_session(control, "digest 1") == SessionRow(
        "digest 1", "a.b", 100.0, 1_764_000_000.25
    )
    assert end_session(control, "digest 0")
    assert not end_session(control, "digest 0")
    see_session(control, "digest 0", 200.0)
    assert find_session(control, "digest 0") is None
    assert end_sessions(control, "a.b") == 1
    assert find_session(control, "digest 2") is not None


def test_sessions_are_forgotten_by_age_rest_and_number(control: Control) -> None:
    for number in range(4):
        add_session(control, SessionRow(str(number), "a.b", number, number + 10), most=3)
    assert [find_session(control, str(n)) is None for n in range(4)] == [True, False, False, False]
    forget_sessions(control, started_before=2, seen_before=0)
    forget_sessions(control, started_before=0, seen_before=13)
    assert [find_session(control, str(n)) is None for n in range(4)] == [True, True, True, False]


def test_audit_rows_follow_one_another(control: Control) -> None:
    assert audit_head(control).seq == 0
    for subject in ("a", "b", "a"):
        append_audit(control, sealed(subject))
    assert audit_head(control) == AuditHead(3, "d3")
    assert [row.seq for row in audit_rows(control, batch=2)] == [1, 2, 3]
    assert [row.previous for row in audit_rows(control)][1:] == ["d1", "d2"]
    assert [row.seq for row in latest_audit(control, subject="a")] == [3, 1]
    assert [row.seq for row in latest_audit(control, before=3, limit=1)] == [2]


def test_a_row_that_cannot_be_sealed_leaves_nothing(control: Control) -> None:
    def fails(head: AuditHead) -> AuditRow:
        raise ValueError(str(head))

    with pytest.raises(ValueError, match="seq=0"):
        append_audit(control, fails)
    assert audit_head(control).seq == 0
    append_audit(control, sealed("a"))
    assert audit_head(control).seq == 1


def test_writers_side_by_side_lose_nothing(control: Control) -> None:
    def write() -> None:
        for _ in range(10):
            append_audit(control, sealed("a"))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.seq for row in audit_rows(control)] == list(range(1, 41))


def test_what_was_appended_survives_a_killed_process(tmp_path: Path) -> None:
    place = tmp_path / "control.sqlite"
    script = (
        "import os, sys\n"
        "from forethought.data.control import AuditRow, append_audit, open_control\n"
        "control = open_control(sys.argv[1])\n"
        "row = lambda h: AuditRow(h.seq + 1, '', 'read', '', '', '{}', h.digest, str(h.seq + 1))\n"
        "append_audit(control, row)\n"
        "append_audit(control, lambda head: os._exit(9))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(place)], check=False)
    assert done.returncode == 9
    control = open_control(place)
    assert audit_head(control) == AuditHead(1, "1")
    control.close()


def test_sqlite_writes_ahead_and_in_full(tmp_path: Path) -> None:
    control = open_control(tmp_path / "control.sqlite")
    with control.reading() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    control.close()
    assert (journal, synchronous) == ("wal", 2)


def test_records_of_the_first_form_are_brought_up_to_date(control: Control) -> None:
    first_form = (
        "ALTER TABLE approval DROP COLUMN scope",
        "DROP TABLE session",
        "DROP TABLE response",
        (
            "INSERT INTO approval VALUES ('1', 'agreement', 'isa', 'decision', 'withdrawn', 'a.b',"
            " 'data_owner', 'breach', '2026-11-24', '')"
        ),
        "UPDATE schema_version SET version = 1",
    )
    with control.writing() as connection:
        for statement in first_form:
            connection.exec_driver_sql(statement)
    url = control.engine.url
    sqlite = url.get_backend_name() == "sqlite"
    place = str(url.database) if sqlite else url.render_as_string(hide_password=False)
    for _ in range(2):
        again = open_control(place)
        found = [(item.verdict, item.scope) for item in approvals(again, "agreement")]
        assert found == [("withdrawn", "")]
        assert find_session(again, "any") is None
        assert responses(again, "signals") == []
        again.close()


def test_records_of_a_newer_version_are_not_opened(tmp_path: Path) -> None:
    place = tmp_path / "control.sqlite"
    open_control(place).close()
    connection = sqlite3.connect(place)
    connection.execute("UPDATE schema_version SET version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="have form 99"):
        open_control(place)


def test_a_file_that_is_no_database_is_told_without_its_content(tmp_path: Path) -> None:
    place = tmp_path / "control.sqlite"
    place.write_text("secret " * 200)
    with pytest.raises(StoreError) as error:
        open_control(place)
    assert "secret" not in str(error.value)


def test_the_tables_are_written_in_words_that_postgresql_has() -> None:
    said: list[str] = []

    def note(statement: ExecutableDDLElement, *_args: object, **_options: object) -> None:
        said.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine("postgresql+psycopg://", note)
    metadata.create_all(engine, checkfirst=False)
    text = "".join(said)
    assert "BIGINT" in text
    assert "SERIAL" not in text, "places in the chain are ours to give"
    assert len(said) == len(metadata.tables) + sum(
        len(table.indexes) for table in metadata.tables.values()
    )
