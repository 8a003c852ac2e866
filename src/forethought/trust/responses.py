"""Answers to signals: who may give them, and how they are kept.

Whether somebody may answer is said in `policies/*.cedar`. An answer is audited before it counts
and kept for good; the newest one to a signal holds.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date

from forethought.data.control import ResponseRow, add_response
from forethought.errors import AccessDenied, UsageError, did_you_mean
from forethought.place.calendar import long_date
from forethought.trust.audit import AuditLog, utc_now, without_long_numbers
from forethought.trust.people import People, Person
from forethought.trust.policy import PolicyBook, Verdict, house_policies

STATES = ("acknowledged", "resolved")
SHORTEST_REASON = 3


@dataclass(frozen=True)
class Answered:
    """A signal that somebody answers.

    Args:
        insight: Id of the insight that raised it.
        subject: Key of the series.
        since: First day of the change.
        owner: Username of who is asked to act.
        run_id: Run that the person sees.
    """

    insight: str
    subject: str
    since: date
    owner: str
    run_id: str


def may_respond(
    person: Person, owner: str, *, today: date, policies: PolicyBook | None = None
) -> bool:
    """Whether somebody may answer the signals that an owner is asked to act on."""
    return _verdict(person, owner, today, policies).allowed


def respond(
    signal: Answered,
    state: str,
    *,
    person: Person,
    people: People,
    reason: str,
    audit: AuditLog,
    today: date,
    policies: PolicyBook | None = None,
) -> ResponseRow:
    """Keep somebody's answer to a signal.

    Args:
        signal: What is answered.
        state: `acknowledged` (somebody looks into it) or `resolved`.
        person: Who answers.
        people: The workspace's people, to name whom to ask.
        reason: Their words.
        audit: Where it is written, before it counts.
        today: The day.
        policies: The access policies; the house's own by default.

    Raises:
        AccessDenied: The policies refuse; recorded.
        UsageError: No such state, or no reason.
    """
    verdict = _verdict(person, signal.owner, today, policies)
    if not verdict.allowed:
        raise _refused(signal, verdict, person, people, audit)
    if state not in STATES:
        raise UsageError(
            f'"{state}" is no answer to a signal.',
            where="state",
            remedy=did_you_mean(state, STATES) or f"Choose {' or '.join(STATES)}.",
        )
    words = " ".join(reason.split())
    if len(words) < SHORTEST_REASON:
        raise UsageError(
            "Say why: what you found, or who looks into it.",
            where="reason",
            remedy="The reason stands beside the signal.",
        )
    details = {"subject": signal.subject, "since": signal.since.isoformat(), "state": state}
    audit.append(
        "answer signal",
        person=person.username,
        subject=signal.insight,
        details={**details, "run": signal.run_id, "reason": words},
    )
    record = ResponseRow(
        id=secrets.token_hex(16),
        insight=signal.insight,
        subject=signal.subject,
        since=signal.since.isoformat(),
        state=state,
        reason=without_long_numbers(words),
        person=person.username,
        role=person.role.id,
        run_id=signal.run_id,
        made_at=utc_now().astimezone(UTC).isoformat(timespec="microseconds"),
    )
    add_response(audit.control, record)
    return record


def _verdict(person: Person, owner: str, today: date, policies: PolicyBook | None) -> Verdict:
    facts = {
        "username": person.username,
        "role": person.role.id,
        "permissions": sorted(person.role.permissions),
        "active": person.active(today),
        "personLevel": person.role.person_level,
    }
    book = policies or house_policies()
    return book.ask("respond", facts, {"id": owner, "owner": owner}, {}, kind="Signal")


def _refused(
    signal: Answered, verdict: Verdict, person: Person, people: People, audit: AuditLog
) -> AccessDenied:
    words = {
        "name": person.name,
        "role": person.role.name.lower(),
        "owner": people.name_of(signal.owner),
        "ends_on": long_date(person.ends_on) if person.ends_on else "",
    }
    forbids = [policy for policy in verdict.by if policy.effect == "forbid"]
    why = " ".join(policy.reason.format_map(words) for policy in forbids)
    why = why or f"The role {words['role']} may not answer signals."
    audit.append(
        "refused",
        person=person.username,
        subject=signal.insight,
        details={"allowed": False, "why": why, "what": f"answer {signal.subject}"},
    )
    return AccessDenied(why, where=signal.subject, remedy=f"Ask {words['owner']}.")
