"""The gate of a store: decides each read in plain words, and writes it down before rows leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forethought.data.contracts import Contract
from forethought.data.gate import Decision, ReadRequest, left_out_words
from forethought.errors import did_you_mean
from forethought.place.calendar import long_date
from forethought.trust.agreements import KIND_NAMES, Agreement, Agreements, Status
from forethought.trust.audit import AuditLog
from forethought.trust.basis import basis_words
from forethought.trust.coverage import NONE, OTHER_ROLE, Coverage, Papers
from forethought.trust.obligations import Areas, RowFilter, masked, row_filter
from forethought.trust.people import People, Person
from forethought.trust.policy import Policy, PolicyBook, house_policies
from forethought.trust.terms import about_people, vaulted
from forethought.trust.withdrawals import withdrawn_agreements

VAULT_PREFIX = "vault/"
SAFEST_COUNT = 10


@dataclass(frozen=True)
class _Case:
    """All that a decision looks at, gathered once."""

    request: ReadRequest
    action: str
    person: Person
    contract: Contract
    coverage: Coverage
    remit: RowFilter
    identifiers: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)


class TrustGate:
    """Implements `forethought.data.gate.Gate`.

    Args:
        contracts: Contracts by dataset.
        agreements: The workspace's agreements.
        people: The workspace's people.
        audit: Where each decision is written; its control records hold withdrawals.
        today: The day on which agreements and access must be live, or what gives it.
        council: The partner that is the council itself, whose own data need a record of
            processing; empty: every partner that has one.
        areas: Locality to its LSOAs, to apply a remit to datasets that tell the LSOA alone.
        policies: The access policies; the house's own by default.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        agreements: Agreements,
        people: People,
        audit: AuditLog,
        today: date | Callable[[], date],
        *,
        council: str = "",
        areas: Areas | None = None,
        policies: PolicyBook | None = None,
    ) -> None:
        self._contracts = contracts
        self._people = people
        self._audit = audit
        self._today = today
        self._papers = Papers(agreements, council)
        self._areas = areas or {}
        self._policies = policies or house_policies()

    @property
    def today(self) -> date:
        """The day that decisions are made for."""
        return self._today if isinstance(self._today, date) else self._today()

    def decide(self, request: ReadRequest) -> Decision:
        """Whether the request is allowed, why, and with which duties.

        Args:
            request: Who wants to read what, and why. A dataset `vault/<name>` asks for names
                from the identity vault.
        """
        name = request.dataset.removeprefix(VAULT_PREFIX)
        person, contract = self._people.get(request.person), self._contracts.get(name)
        if person is None:
            near = did_you_mean(request.person, (item.username for item in self._people))
            reason = f'"{request.person}" is nobody here. {near}'.strip()
            return self._refused(reason, self._people.who_to_ask("administrator", self.today))
        if contract is None:
            reason = f'No contract describes the dataset "{name}".'
            reason = f"{reason} {did_you_mean(name, self._contracts)}".strip()
            return self._refused(reason, self._people.who_to_ask("data_steward", self.today))
        case = self._case(request, person, contract)
        verdict = self._policies.ask(case.action, *_facts(case, self.today))
        if verdict.allowed:
            return self._allowed(case)
        forbids = tuple(policy for policy in verdict.by if policy.effect == "forbid")
        return self._forbidden(case, forbids) if forbids else self._not_permitted(case)

    def record(self, request: ReadRequest, decision: Decision) -> None:
        """Write request and decision to the audit.

        Raises:
            StoreError: It could not be written, so no row may leave.
        """
        vault = request.dataset.startswith(VAULT_PREFIX)
        self._audit.append(
            "look up" if vault else "read",
            person=request.person,
            subject=request.dataset,
            purpose=request.purpose,
            details={
                "columns": list(request.columns),
                "reason": request.reason,
                "insight": request.insight,
                "run": request.run_id,
                "allowed": decision.allowed,
                "why": decision.reason,
                "basis": decision.basis,
                "agreement": decision.rekey,
                "minimum_count": decision.minimum_count,
                "limited_by": sorted(decision.row_filter or {}),
                "masked": list(decision.masked),
                "left_out": dict(decision.left_out),
            },
        )

    def _case(self, request: ReadRequest, person: Person, contract: Contract) -> _Case:
        withdrawn = withdrawn_agreements(self._audit.control)
        coverage = self._papers.coverage(
            contract, request.purpose, person.role.id, self.today, withdrawn
        )
        action = "lookUp" if request.dataset.startswith(VAULT_PREFIX) else "read"
        hidden = vaulted(contract)
        asked = tuple(name for name in request.columns if name in hidden)
        remit = row_filter(person, contract, self._areas)
        case = _Case(request, action, person, contract, coverage, remit, asked)
        return _Case(**{**vars(case), "words": _words(case)})

    def _allowed(self, case: _Case) -> Decision:
        contract, papers = case.contract, case.coverage.agreements
        reason = f"{case.words['name']} may read {contract.id} for {case.words['purpose']}."
        # A partner who lapses must not change the ids of the others: lapsed papers count too.
        alone = len(case.coverage.papers) == 1 and about_people(contract)
        left_out = {
            partner: _why_left_out(found, case.words)
            for partner, found in case.coverage.lacking.items()
        }
        return Decision(
            allowed=True,
            reason=" ".join((reason, *left_out_words(left_out))),
            basis="; ".join(_basis(agreement) for agreement in papers),
            rekey=papers[0].id if alone else "",
            minimum_count=contract.minimum_count,
            row_filter=dict(case.remit.columns) or None,
            masked=masked(case.person, contract) if case.action == "read" else (),
            partners=case.coverage.partners,
            left_out=left_out,
        )

    def _forbidden(self, case: _Case, forbids: tuple[Policy, ...]) -> Decision:
        reason = " ".join(policy.reason.format_map(case.words) for policy in forbids)
        return self._refused(reason, self._whom(case, forbids[0].ask), case.contract)

    def _not_permitted(self, case: _Case) -> Decision:
        words, contract = case.words, case.contract
        what = "names of people in" if case.action == "lookUp" else "rows of"
        reason = (
            f"The role {words['role']} may not read {what} {contract.id} "
            f"(sensitivity {contract.sensitivity} of 5) for {words['purpose']}."
        )
        return self._refused(reason, self._whom(case, "owner"), contract)

    def _refused(self, reason: str, ask: str, contract: Contract | None = None) -> Decision:
        minimum = contract.minimum_count if contract else SAFEST_COUNT
        return Decision(allowed=False, reason=reason, ask=ask, minimum_count=minimum)

    def _whom(self, case: _Case, ask: str) -> str:
        papers = case.coverage.agreements
        if ask == "contact" and papers and papers[0].contact:
            return self._people.name_of(papers[0].contact)
        if ask == "owner" and case.contract.owner:
            return self._people.name_of(case.contract.owner)
        role = "administrator" if ask == "administrator" else "information_governance"
        return self._people.who_to_ask(role, self.today)


def _facts(case: _Case, today: date) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Person, dataset and context in the attributes of the policies' schema."""
    person, contract = case.person, case.contract
    return (
        {
            "username": person.username,
            "role": person.role.id,
            "permissions": sorted(person.role.permissions),
            "active": person.active(today),
            "personLevel": person.role.person_level,
        },
        {
            "id": contract.id,
            "owner": contract.owner,
            "steward": contract.steward,
            "sensitivity": contract.sensitivity,
            "aboutPeople": about_people(contract),
            "purposes": [purpose.id for purpose in contract.purposes],
        },
        {
            "purpose": case.request.purpose,
            "agreement": case.coverage.standing,
            "remitApplies": case.remit.applies,
            "identifiers": bool(case.identifiers),
        },
    )


def _words(case: _Case) -> dict[str, str]:
    """What the policies' reasons may name."""
    person, contract, coverage = case.person, case.contract, case.coverage
    purposes = {purpose.id: purpose.name for purpose in contract.purposes}
    asked = case.request.purpose
    paper = coverage.agreements[0] if coverage.agreements else None
    known = asked in purposes
    return {
        "name": person.name,
        "role": person.role.name.lower(),
        "ends_on": long_date(person.ends_on) if person.ends_on else "",
        "dataset": contract.id,
        "purpose": f'"{purposes[asked]}" ({asked})' if known else f'"{asked}"',
        "purposes": ", ".join(purposes) or "none",
        "identifiers": ", ".join(case.identifiers),
        "missing": " or ".join(case.remit.missing),
        "partners": " or ".join(coverage.lacking),
        "paper": KIND_NAMES[coverage.needed],
        "agreement": f'"{paper.title}" ({paper.id})' if paper else "",
        "starts_on": long_date(paper.starts_on) if paper else "",
        "expired_on": long_date(paper.ends_on) if paper and paper.ends_on else "",
    }


def _basis(agreement: Agreement) -> str:
    """An agreement and its bases in law, as a receipt shows them."""
    law = basis_words(agreement.article6, agreement.article9, agreement.schedule1)
    until = f"until {long_date(agreement.ends_on)}" if agreement.ends_on else ""
    paper = f"{KIND_NAMES[agreement.kind]} {agreement.id}"
    return ", ".join(part for part in (paper, law, until) if part)


def _why_left_out(found: Coverage, words: Mapping[str, str]) -> str:
    """Why a partner's rows stay, as the end of a sentence."""
    kind = KIND_NAMES[found.needed]
    if found.standing == NONE:
        return f"no {kind} covers them for {words['purpose']}"
    paper = found.agreements[0]
    told = {
        Status.EXPIRED: f"ended on {long_date(paper.ends_on)}" if paper.ends_on else "ended",
        Status.WITHDRAWN: "was withdrawn",
        Status.NOT_YET: f"starts on {long_date(paper.starts_on)}",
        OTHER_ROLE: f"is not for the role {words['role']}",
    }
    return f"the {kind} {paper.id} {told[found.standing]}"
