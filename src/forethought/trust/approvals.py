"""Approvals of an insight: the ethics committee advises by stage, board and data owners decide.

A verdict is about what the insight was when it was given (`Asked.scope`): another kind, purpose,
audience or set of columns needs new ones. The newest verdict of a body holds; the committee's
advice against an insight does not stop it, but decisions taken before that advice no longer count.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from enum import StrEnum

from forethought.data.control import Approval, Control, add_approval, approvals
from forethought.errors import AccessDenied, UsageError, did_you_mean
from forethought.place.calendar import long_date
from forethought.trust.audit import AuditLog, utc_now, without_long_numbers
from forethought.trust.people import People, Person
from forethought.trust.roles import Permission

SUBJECT = "insight"
COMMITTEE, BOARD, OWNER = "ethics_committee", "sponsors_board", "data_owner"
# The role that sits on each body; data owners are whom the contracts name.
BODY_ROLES = {COMMITTEE: "ethics_committee", BOARD: "leader"}
BODY_NAMES = {COMMITTEE: "ethics committee", BOARD: "sponsors board", OWNER: "data owner"}
LONGEST_DAYS = 3 * 366


class Verdict(StrEnum):
    """What a body says."""

    ADVISED = "advised"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Asked:
    """What an insight needs before its figures may be published.

    Args:
        insight: Its id.
        scope: Hash of what is judged: kind, purpose, audience, columns read.
        stages: Stages on which the ethics committee must have advised.
        board: Whether the sponsors board decides.
        owners: Username of each data owner who decides, to their datasets.
    """

    insight: str
    scope: str
    stages: tuple[str, ...] = ()
    board: bool = False
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Whether it needs any approval."""
        return bool(self.stages or self.board or self.owners)


@dataclass(frozen=True)
class Need:
    """One approval that is asked for, and how it stands.

    Args:
        body: `ethics_committee`, `sponsors_board` or `data_owner`.
        stage: Stage of the advice, or username of the data owner; empty for the board.
        given: Whether it is there and holds today.
        words: What it is and how it stands, in a sentence without a full stop.
        record: The newest verdict, if there is one.
    """

    body: str
    stage: str
    given: bool
    words: str
    record: Approval | None = None


def needs(asked: Asked, control: Control, people: People, on: date) -> tuple[Need, ...]:
    """Every approval that an insight asks for, and how each stands on a day."""
    newest = {record.stage: record for record in approvals(control, SUBJECT, asked.insight)}
    against = max(
        (
            record.decided_at
            for stage in asked.stages
            if (record := newest.get(_key(COMMITTEE, stage))) and record.verdict == Verdict.REFUSED
        ),
        default="",
    )
    wanted = [(COMMITTEE, stage) for stage in asked.stages]
    wanted += [(BOARD, "")] if asked.board else []
    wanted += [(OWNER, username) for username in asked.owners]
    return tuple(
        _need(body, stage, newest.get(_key(body, stage)), asked, people, on, against)
        for body, stage in wanted
    )


def judge(
    asked: Asked,
    verdict: Verdict,
    *,
    person: Person,
    reason: str,
    audit: AuditLog,
    today: date,
    until: date | None = None,
    stage: str = "",
) -> tuple[str, ...]:
    """Keep somebody's verdict on an insight, for every body that they speak for.

    Args:
        asked: What the insight asks.
        verdict: The verdict.
        person: Who judges.
        reason: Their words; conditions too.
        audit: Where it is written, before it counts.
        today: The day.
        until: Last day that it holds.
        stage: Stage of the committee's advice; empty where somebody decides.

    Returns:
        The bodies in whose name it was given.

    Raises:
        AccessDenied: The person sits on none of the bodies that are asked.
        UsageError: No reason, no stage of that name, or an end that has passed or is too far off.
    """
    _fit(asked, verdict, reason=reason, today=today, until=until, stage=stage)
    bodies = _bodies_of(person, asked, stage)
    if not bodies:
        what = "advises on" if stage else "decides on"
        raise AccessDenied(
            f"{person.name} ({person.role.name.lower()}) is on no body that {what} this insight.",
            where=asked.insight,
            remedy="forethought approvals names who is asked.",
        )
    for body, of in bodies:
        details = {"verdict": str(verdict), "body": body, "stage": of, "reason": reason}
        details["until"] = until.isoformat() if until else ""
        audit.append("approval", person=person.username, subject=asked.insight, details=details)
        record = Approval(
            id=secrets.token_hex(16),
            subject_kind=SUBJECT,
            subject=asked.insight,
            stage=_key(body, of),
            verdict=str(verdict),
            person=person.username,
            role=person.role.id,
            reason=without_long_numbers(reason),
            decided_at=utc_now().astimezone(UTC).isoformat(timespec="microseconds"),
            expires_on=until.isoformat() if until else "",
            scope=asked.scope,
        )
        add_approval(audit.control, record)
    return tuple(body for body, _ in bodies)


def missing(found: Iterable[Need]) -> tuple[str, ...]:
    """The needs that are not met, in words."""
    return tuple(need.words for need in found if not need.given)


def _bodies_of(person: Person, asked: Asked, stage: str) -> list[tuple[str, str]]:
    if stage:
        sits = person.role.id == BODY_ROLES[COMMITTEE] and person.may(Permission.ADVISE)
        return [(COMMITTEE, stage)] if sits else []
    found = []
    if asked.board and person.role.id == BODY_ROLES[BOARD] and person.may(Permission.DECIDE):
        found.append((BOARD, ""))
    if person.username in asked.owners:
        found.append((OWNER, person.username))
    return found


def _fit(
    asked: Asked, verdict: Verdict, *, reason: str, today: date, until: date | None, stage: str
) -> None:
    if stage and stage not in asked.stages:
        raise UsageError(
            f'The insight asks for no advice on "{stage}".',
            where=asked.insight,
            remedy=did_you_mean(stage, asked.stages),
        )
    if not reason.strip():
        raise UsageError("Say why: the reason stands in the register.", where=asked.insight)
    ends = verdict in {Verdict.APPROVED, Verdict.ADVISED}
    if ends and (until is None or not today <= until or (until - today).days > LONGEST_DAYS):
        raise UsageError(
            "An approval holds until a day from today to three years ahead.",
            where=asked.insight,
            remedy="Name its last day: --until 2027-11-30.",
        )


def _need(
    body: str,
    stage: str,
    record: Approval | None,
    asked: Asked,
    people: People,
    on: date,
    against: str,
) -> Need:
    what = {
        COMMITTEE: f'advice of the ethics committee on "{stage}"',
        BOARD: "decision of the sponsors board",
        OWNER: f"decision of {people.name_of(stage)} for {', '.join(asked.owners.get(stage, ()))}",
    }[body]
    given, how = _standing(body, record, asked.scope, on, against)
    return Need(body, stage, given, f"{what}: {how}", record)


def _standing(
    body: str, record: Approval | None, scope: str, on: date, against: str
) -> tuple[bool, str]:
    if record is None:
        return False, "not given yet"
    day = long_date(date.fromisoformat(record.decided_at[:10]))
    end = date.fromisoformat(record.expires_on) if record.expires_on else None
    decides = body != COMMITTEE
    in_the_way = {
        f"withdrawn on {day}": record.verdict == Verdict.WITHDRAWN,
        f"refused on {day}": decides and record.verdict == Verdict.REFUSED,
        f"given on {day} for another purpose, audience or set of columns": record.scope != scope,
        f"expired on {long_date(end) if end else day}": end is not None and on > end,
        f"given on {day}, before the ethics committee advised against": decides
        and record.decided_at < against,
    }
    for words, applies in in_the_way.items():
        if applies:
            return False, words
    said = "advised against" if record.verdict == Verdict.REFUSED else record.verdict
    return True, f"{said} on {day}" + (f", until {long_date(end)}" if end else "")


def _key(body: str, of: str) -> str:
    return f"{body}: {of}" if of else body
