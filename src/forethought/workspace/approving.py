"""What an insight's specification asks in approvals, and whether it has them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought.insights.base import InsightSpec
    from forethought.trust.approvals import Asked, Need
    from forethought.trust.people import Person
    from forethought.workspace.wiring import Wiring

OPEN = 1


@dataclass(frozen=True)
class ApprovalState:
    """One approval that an insight asks for, and how it stands.

    Args:
        insight: Id of the insight.
        body: `ethics_committee`, `sponsors_board` or `data_owner`.
        of: Stage of the advice, or username of the data owner; empty for the board.
        given: Whether it is there and holds today.
        words: What it is and how it stands.
        reason: The words of who gave the newest verdict.
    """

    insight: str
    body: str
    of: str
    given: bool
    words: str
    reason: str = ""


def asked_of(wiring: Wiring, spec: InsightSpec) -> Asked:
    """What a specification asks: bodies by name, data owners by their contracts."""
    from forethought.insights.registry import kind_of
    from forethought.trust.approvals import Asked

    wanted = spec.approvals
    reads = kind_of(spec.kind).reads(spec)
    owners: dict[str, list[str]] = {}
    if "data_owners" in wanted.decisions:
        for name in reads:
            contract = wiring.contracts.get(name)
            if contract is not None and contract.sensitivity > OPEN:
                owners.setdefault(contract.owner, []).append(name)
    return Asked(
        insight=spec.id,
        scope=_scope(spec, {name: sorted(columns) for name, columns in reads.items()}),
        stages=wanted.advice,
        board="sponsors_board" in wanted.decisions,
        owners={owner: tuple(names) for owner, names in owners.items()},
    )


def needs_of(wiring: Wiring, spec: InsightSpec, on: date | None = None) -> tuple[Need, ...]:
    """Every approval that a specification asks for, and how it stands today."""
    from forethought.trust.approvals import needs

    asked = asked_of(wiring, spec)
    if not asked.anything:
        return ()
    return needs(asked, wiring.control, wiring.people, on or wiring.settings.day())


def states(wiring: Wiring, insight: str = "") -> list[ApprovalState]:
    """How the approvals of one insight, or of all, stand today."""
    from forethought.insights.specs import spec_named

    specs = wiring.specs
    chosen = [spec_named(specs, insight)] if insight else list(specs.values())
    return [
        ApprovalState(
            insight=spec.id,
            body=need.body,
            of=need.stage,
            given=need.given,
            words=need.words,
            reason=need.record.reason if need.record else "",
        )
        for spec in chosen
        for need in needs_of(wiring, spec)
    ]


def lacking(wiring: Wiring, spec: InsightSpec) -> tuple[str, ...]:
    """Approvals that a specification asks for and that do not hold today, in words."""
    from forethought.trust.approvals import missing

    return missing(needs_of(wiring, spec))


def judge(
    wiring: Wiring,
    person: Person,
    insight: str,
    verdict: str,
    reason: str,
    until: date | None,
    stage: str,
) -> str:
    """Keep somebody's verdict on an insight, and say in whose name it stands.

    Raises:
        NotFound: No such insight.
        AccessDenied: The person is on no body that is asked.
        UsageError: No reason, or an end that has passed.
    """
    from forethought.insights.specs import spec_named
    from forethought.trust.approvals import BODY_NAMES, Verdict
    from forethought.trust.approvals import judge as keep

    spec = spec_named(wiring.specs, insight)
    bodies = keep(
        asked_of(wiring, spec),
        Verdict(verdict),
        person=person,
        reason=reason,
        audit=wiring.audit,
        today=wiring.settings.day(),
        until=until or spec.review_by,
        stage=stage,
    )
    names = " and ".join(BODY_NAMES[body] for body in bodies)
    left = lacking(wiring, spec)
    rest = f"Still lacking: {'; '.join(left)}." if left else "It has every approval it asks for."
    return f"{insight}: {verdict}, as {names}. {rest}"


def _scope(spec: InsightSpec, reads: dict[str, list[str]]) -> str:
    judged: dict[str, Any] = {
        "kind": spec.kind,
        "purpose": spec.purpose,
        "audience": sorted(spec.audience),
        "reads": reads,
        "follows": sorted(spec.follows),
    }
    return hashlib.sha256(json.dumps(judged, sort_keys=True).encode()).hexdigest()
