"""Who may answer a signal, and what is kept of the answer."""

from __future__ import annotations

from datetime import date

import pytest
from tests.trust.conftest import TODAY

from forethought.data.control import responses
from forethought.errors import AccessDenied, UsageError
from forethought.trust.audit import AuditLog
from forethought.trust.people import People
from forethought.trust.responses import Answered, may_respond, respond

OWNER = "tom.adeyemi"
SIGNAL = Answered("signals", "requests", date(2026, 7, 1), OWNER, "signals-2610-1")
MAY = {"priya.nair": "service_manager", OWNER: "the owner", "dev.anand": "leader"}


def answer(
    audit: AuditLog, people: People, person: str, state: str = "acknowledged", reason: str = "Known"
) -> None:
    respond(
        SIGNAL,
        state,
        person=people.person(person),
        people=people,
        reason=reason,
        audit=audit,
        today=TODAY,
    )


def test_the_owner_service_managers_and_leaders_answer_and_nobody_else(people: People) -> None:
    may = {each.username for each in people if may_respond(each, OWNER, today=TODAY)}
    assert may == set(MAY)
    own = {each.username for each in people if may_respond(each, each.username, today=TODAY)}
    assert "root.admin" not in own, "an administrator sees no results"
    assert "old.hand" not in own, "access that has ended answers nothing"
    assert {"sam.okoro", "amara.lewis"} <= own


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ("sam.okoro", "answered by Tom Adeyemi .* none of them"),
        ("root.admin", "sees no results"),
        ("old.hand", "access ended"),
    ],
)
def test_a_refusal_says_why_and_whom_to_ask_and_is_recorded(
    people: People, audit: AuditLog, person: str, why: str
) -> None:
    with pytest.raises(AccessDenied, match=why) as refusal:
        answer(audit, people, person)
    assert "Tom Adeyemi" in refusal.value.remedy
    assert responses(audit.control, "signals") == []
    assert audit.entries(action="refused")[0].person == person


def test_an_answer_is_audited_and_kept_without_long_numbers(
    people: People, audit: AuditLog
) -> None:
    answer(audit, people, "priya.nair", "resolved", "Ward 7 closed, see 943 476 5919")
    row = responses(audit.control, "signals", "requests")[0]
    assert (row.person, row.role, row.state) == ("priya.nair", "service_manager", "resolved")
    assert row.since == "2026-07-01"
    assert row.reason == "Ward 7 closed, see [number removed]"
    entry = audit.entries(action="answer signal")[0]
    assert (entry.person, entry.subject) == ("priya.nair", "signals")
    assert "943" not in str(entry.details)


@pytest.mark.parametrize(("state", "reason"), [("acknowledgd", "Known"), ("resolved", "  ")])
def test_an_answer_needs_a_state_and_a_reason(
    people: People, audit: AuditLog, state: str, reason: str
) -> None:
    with pytest.raises(UsageError):
        answer(audit, people, "priya.nair", state, reason)
    assert responses(audit.control, "signals") == []
