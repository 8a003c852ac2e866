"""Agreements, the audit chain, and what residents may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forethought.place.calendar import long_date
from forethought.trust.agreements import KIND_NAMES, Status
from forethought.trust.withdrawals import withdrawn_agreements
from forethought.web.interface import (
    AgreementView,
    AuditEntry,
    AuditPage,
    PublicUse,
    Span,
    Target,
)

if TYPE_CHECKING:
    from forethought.trust.audit import AuditEntry as Recorded
    from forethought.workspace.door import Workspace
    from forethought.workspace.wiring import Wiring

ENTRIES_ON_A_PAGE = 50
OPEN = 1


def public_uses(wiring: Wiring) -> tuple[PublicUse, ...]:
    """Every use of data about residents that a contract allows, a row for each dataset."""
    found = []
    for contract in wiring.contracts.values():
        if contract.sensitivity <= OPEN:
            continue
        years = contract.retention_years
        found.append(
            PublicUse(
                data=contract.name,
                partner=", ".join(name.replace("-", " ").title() for name in contract.partners),
                purpose="; ".join(purpose.name for purpose in contract.purposes),
                lawful_basis="; ".join(
                    dict.fromkeys(
                        _basis(p.article6, p.article9, p.schedule1) for p in contract.purposes
                    )
                ),
                kept_for=f"{years:g} years" if years else "no limit stated",
            )
        )
    return tuple(found)


def _basis(*parts: str) -> str:
    return ", ".join(part.replace("_", " ") for part in parts if part).capitalize()


def agreements(ws: Workspace) -> tuple[AgreementView, ...]:
    """Who shares what, for which purpose, until when."""
    wiring = ws.wiring
    day = wiring.settings.day()
    withdrawn = withdrawn_agreements(wiring.control)
    names = {
        purpose.id: purpose.name
        for contract in wiring.contracts.values()
        for purpose in contract.purposes
    }
    found = []
    for item in wiring.agreements:
        status = item.status(day, withdrawn)
        datasets: list[Span] = []
        for name in item.datasets:
            title = wiring.contracts[name].name if name in wiring.contracts else name
            datasets += [Span(", ")] if datasets else []
            datasets.append(Span(title, Target("dataset", name)))
        basis = ", ".join(
            part.replace("_", " ")
            for part in (item.article6, item.article9, item.schedule1)
            if part
        )
        found.append(
            AgreementView(
                id=item.id,
                title=item.title,
                kind=KIND_NAMES[item.kind].capitalize(),
                partner=", ".join(name.replace("-", " ").title() for name in item.partners),
                datasets=tuple(datasets),
                purposes="; ".join(names.get(name, name) for name in item.purposes),
                lawful_basis=basis.capitalize() or "none needed",
                until=long_date(item.ends_on) if item.ends_on else "no end",
                live=status is Status.LIVE,
                state=str(status).capitalize(),
            )
        )
    return tuple(found)


def audit(ws: Workspace, page: int) -> AuditPage:
    """A page of the audit chain, newest first, and whether the chain holds."""
    verified = ws.audit_verify()
    pages = max(1, -(-verified.entries // ENTRIES_ON_A_PAGE))
    chosen = min(max(page, 1), pages)
    newest = ws.audit_entries(chosen * ENTRIES_ON_A_PAGE)
    shown = newest[(chosen - 1) * ENTRIES_ON_A_PAGE :]
    chain = (
        f"All {verified.entries:,} entries follow one another, and the {verified.heads:,} signed "
        "heads agree."
        if verified.whole
        else "The chain does not hold: " + "; ".join(str(problem) for problem in verified.problems)
    )
    return AuditPage(
        entries=tuple(_entry(ws, entry) for entry in shown),
        chain=chain,
        intact=verified.whole,
        page=chosen,
        pages=pages,
    )


def _entry(ws: Workspace, entry: Recorded) -> AuditEntry:
    details = entry.details
    what = f"{entry.action} {entry.subject}".strip()
    if entry.purpose:
        what += f" for {entry.purpose}"
    why = str(details.get("why") or details.get("reason") or details.get("run") or "")
    return AuditEntry(
        number=f"{entry.seq:,}",
        at=f"{long_date(entry.at.date())}, {entry.at:%H:%M}",
        who=ws.wiring.people.name_of(entry.person) if entry.person else "The system",
        what=what,
        why=why,
        allowed=bool(details.get("allowed", True)),
    )
