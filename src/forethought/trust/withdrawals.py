"""Withdraw an agreement: the next read that it allowed is refused."""

from __future__ import annotations

import secrets
from datetime import UTC

from forethought.data.control import Approval, Control, add_approval, approvals
from forethought.errors import AccessDenied, NotFound
from forethought.trust.agreements import Agreements
from forethought.trust.audit import AuditLog, utc_now, without_long_numbers
from forethought.trust.people import Person
from forethought.trust.roles import Permission

SUBJECT = "agreement"
WITHDRAWN, RESTORED = "withdrawn", "approved"


def withdrawn_agreements(control: Control) -> frozenset[str]:
    """Agreements whose newest verdict in the control records is a withdrawal."""
    newest = {record.subject: record.verdict for record in approvals(control, SUBJECT)}
    return frozenset(subject for subject, verdict in newest.items() if verdict == WITHDRAWN)


def withdraw_agreement(
    agreements: Agreements, agreement: str, *, person: Person, reason: str, audit: AuditLog
) -> None:
    """Withdraw an agreement, at once and for every reader.

    Raises:
        AccessDenied: The person's role may not withdraw.
        NotFound: There is no such agreement.
    """
    _judge(agreements, agreement, WITHDRAWN, person=person, reason=reason, audit=audit)


def restore_agreement(
    agreements: Agreements, agreement: str, *, person: Person, reason: str, audit: AuditLog
) -> None:
    """Take a withdrawal back; a withdrawal in the agreement's file stays.

    Raises:
        AccessDenied: The person's role may not withdraw.
        NotFound: There is no such agreement.
    """
    _judge(agreements, agreement, RESTORED, person=person, reason=reason, audit=audit)


def _judge(
    agreements: Agreements,
    agreement: str,
    verdict: str,
    *,
    person: Person,
    reason: str,
    audit: AuditLog,
) -> None:
    if agreements.get(agreement) is None:
        raise NotFound(f'There is no agreement "{agreement}".')
    if not person.may(Permission.WITHDRAW):
        raise AccessDenied(
            f"The role {person.role.name.lower()} may not withdraw agreements.",
            remedy="Ask information governance or the data's owner.",
        )
    action = "withdraw agreement" if verdict == WITHDRAWN else "restore agreement"
    audit.append(action, person=person.username, subject=agreement, details={"reason": reason})
    record = Approval(
        id=secrets.token_hex(16),
        subject_kind=SUBJECT,
        subject=agreement,
        stage="decision",
        verdict=verdict,
        person=person.username,
        role=person.role.id,
        reason=without_long_numbers(reason),
        decided_at=utc_now().astimezone(UTC).isoformat(timespec="microseconds"),
    )
    add_approval(audit.control, record)
