"""The audit chain: every way of changing it shows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forethought.data.control import Control, open_control
from forethought.errors import CheckFailed
from forethought.trust.audit import AuditLog

KEY = b"k" * 32
NOON = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


@pytest.fixture
def log(control: Control) -> AuditLog:
    made = AuditLog(control, KEY, now=lambda: NOON)
    for number in range(1, 9):
        made.append("run", person="sam.okoro", subject=f"run {number}", details={"rows": number})
    return made


@pytest.fixture
def tamper(log: AuditLog, tmp_path: Path) -> Callable[..., None]:
    def change(*statements: str) -> None:
        connection = sqlite3.connect(tmp_path / "control.sqlite")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    assert log.head()["seq"] == 8
    return change


def test_an_untouched_chain_is_whole(log: AuditLog) -> None:
    found = log.verify([log.head()])
    assert found.whole
    assert (found.entries, found.heads) == (8, 1)
    assert found.or_raise() is found


def test_an_empty_chain_is_whole(audit: AuditLog) -> None:
    assert audit.verify([audit.head()]).whole


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            """UPDATE audit SET entry = replace(entry, '"rows":4', '"rows":5') WHERE seq = 4""",
            "entry 4: It was changed",
        ),
        ("UPDATE audit SET person = 'nobody' WHERE seq = 4", "entry 4: It was changed"),
        ("UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 4", "entry 4"),
        ("UPDATE audit SET entry = 'no JSON' WHERE seq = 4", "entry 4: It was changed"),
        ("UPDATE audit SET digest = previous WHERE seq = 4", "entry 4: It was changed"),
        ("DELETE FROM audit WHERE seq = 4", "Entries 4 to 4 are gone"),
        ("DELETE FROM audit WHERE seq < 3", "Entries 1 to 2 are gone"),
        ("DELETE FROM audit WHERE seq > 6", "the records name as last"),
        ("DELETE FROM audit_head", "the records name as last"),
    ],
)
def test_edit_and_deletion_show(
    log: AuditLog, tamper: Callable[..., None], statement: str, words: str
) -> None:
    tamper(statement)
    found = log.verify()
    assert not found.whole
    assert words in " ".join(found.problems)
    with pytest.raises(CheckFailed, match="was changed"):
        found.or_raise()


def test_reorder_shows(log: AuditLog, tamper: Callable[..., None]) -> None:
    tamper(
        "UPDATE audit SET seq = 100 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 5",
        "UPDATE audit SET seq = 5 WHERE seq = 100",
    )
    assert not log.verify().whole


def test_a_replayed_entry_shows(log: AuditLog, tamper: Callable[..., None]) -> None:
    tamper(
        "INSERT INTO audit SELECT 9, at, action, person, subject, entry, previous, digest "
        "FROM audit WHERE seq = 8",
        "UPDATE audit_head SET seq = 9",
    )
    assert not log.verify().whole


def test_a_cut_that_mends_the_last_entry_shows_against_a_signed_head(
    log: AuditLog, tamper: Callable[..., None]
) -> None:
    head = log.head()
    tamper(
        "DELETE FROM audit WHERE seq > 6",
        "UPDATE audit_head SET seq = 6, digest = (SELECT digest FROM audit WHERE seq = 6)",
    )
    assert log.verify().whole, "the chain alone cannot tell"
    found = log.verify([head])
    assert found.problems == ("entry 8: A signed head names entry 8, but the chain ends at 6.",)


def test_a_chain_written_anew_by_the_holder_of_the_key_shows_against_a_signed_head(
    log: AuditLog, tamper: Callable[..., None]
) -> None:
    head = log.head()
    tamper("DELETE FROM audit", "UPDATE audit_head SET seq = 0, digest = hex(zeroblob(32))")
    for number in range(9):
        log.append("run", person="sam.okoro", subject=f"another run {number}")
    assert log.verify().whole
    assert "is not the entry that a signed head names" in " ".join(log.verify([head]).problems)


def test_a_head_whose_signature_is_wrong_shows(log: AuditLog) -> None:
    found = log.verify([{**log.head(), "signature": "00"}], signed=lambda head: False)
    assert "The signature of this head is wrong" in found.problems[0]


def test_another_key_fits_no_entry(control: Control, log: AuditLog) -> None:
    assert log.verify().whole
    assert not AuditLog(control, b"x" * 32).verify().whole


def test_entries_of_many_writers_make_one_chain(tmp_path: Path) -> None:
    place = tmp_path / "shared.sqlite"
    controls = [open_control(place) for _ in range(4)]  # as four processes have them
    logs = [AuditLog(control, KEY) for control in controls]

    def write(log: AuditLog) -> None:
        for number in range(15):
            log.append("read", person="sam.okoro", subject=str(number))

    threads = [threading.Thread(target=write, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = logs[0].verify([logs[1].head()])
    for control in controls:
        control.close()
    assert found.whole
    assert found.entries == 60


def test_the_newest_come_first_and_page_back(log: AuditLog) -> None:
    assert [entry.seq for entry in log.entries(limit=3)] == [8, 7, 6]
    assert [entry.seq for entry in log.entries(limit=3, before=6)] == [5, 4, 3]
    assert [entry.seq for entry in log.entries(subject="run 2")] == [2]
    assert log.entries(person="nobody") == []
    assert log.entries(action="read") == []


def test_long_numbers_in_free_text_are_taken_out(audit: AuditLog) -> None:
    entry = audit.append("read", details={"reason": "about 943 476 5919 and 9434765919, 2 cases"})
    assert entry.details["reason"] == "about [number removed] and [number removed], 2 cases"


def test_details_of_any_sort_are_kept_as_plain_values(audit: AuditLog) -> None:
    details: dict[str, Any] = {
        "columns": {"b", "a"},
        "day": NOON.date(),
        "counts": {"rows": 3},
        "seconds": 0.5,
    }
    audit.append("run", details=details)
    (entry,) = audit.entries()
    assert dict(entry.details) == {
        "columns": ["a", "b"],
        "day": "2026-11-24",
        "counts": {"rows": 3},
        "seconds": 0.5,
    }
    assert audit.verify().whole


def test_an_entry_reads_as_a_sentence(control: Control) -> None:
    log = AuditLog(control, KEY, now=lambda: NOON)
    entry = log.append(
        "read",
        person="sam.okoro",
        subject="asc_events",
        purpose="plan-services",
        details={"columns": ["a", "b"], "allowed": True, "basis": "ropa-asc", "run": "demand-1"},
    )
    assert entry.sentence({"sam.okoro": "Sam Okoro"}.__getitem__) == (
        "24 November 2026 at 12:30, Sam Okoro: read asc_events (2 columns) for plan-services "
        "in run demand-1. Basis: ropa-asc."
    )
    assert log.append("backup").sentence() == "24 November 2026 at 12:30, the system: backup."
