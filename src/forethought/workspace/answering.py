"""Answers to signals: what stands now, who may answer, and keeping an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal, cast

from forethought.errors import NotFound, UsageError, did_you_mean

if TYPE_CHECKING:
    from forethought.insights.base import Response
    from forethought.insights.blocks import Published
    from forethought.insights.raised import Raised
    from forethought.insights.receipt import Receipt
    from forethought.workspace.opened import Opened
    from forethought.workspace.wiring import Wiring


@dataclass(frozen=True)
class SignalState:
    """A signal of an insight's current run, and how it stands.

    Args:
        insight: Id of the insight.
        run_id: The run.
        subject: Its key, as an answer names it.
        name: What pages call it.
        since: First day of the change.
        sentence: What changed.
        action: What to do first.
        meaning: `concern`, `improvement` or `neutral`.
        owner: Name of who is asked to act.
        asked: Their username.
        under: Subject of what it is told with; empty where it is told by itself.
        state: `new`, `acknowledged` or `resolved`.
        reason: The words of the newest answer.
        author: Who gave it.
        on: When.
        fresh: Whether the run before did not have it.
    """

    insight: str
    run_id: str
    subject: str
    name: str
    since: date
    sentence: str
    action: str
    meaning: str
    owner: str
    asked: str
    under: str = ""
    state: str = "new"
    reason: str = ""
    author: str = ""
    on: date | None = None
    fresh: bool = False


def kept_responses(wiring: Wiring, insight: str) -> tuple[Response, ...]:
    """What people answered to the signals of an insight, oldest first, by their names."""
    from forethought.data.control import responses
    from forethought.insights.base import Response

    found = []
    for row in responses(wiring.control, insight):
        person = wiring.people.get(row.person)
        found.append(
            Response(
                subject=row.subject,
                since=date.fromisoformat(row.since),
                state=cast("Literal['acknowledged', 'resolved']", row.state),
                reason=row.reason,
                author=person.name if person else row.person,
                on=date.fromisoformat(row.made_at[:10]),
            )
        )
    return tuple(found)


def answerable(wiring: Wiring) -> list[str]:
    """Insights that raise what people answer."""
    from forethought.insights.registry import kind_of

    return [name for name, spec in wiring.specs.items() if kind_of(spec.kind).answerable]


def signals_of(ws: Opened, insight: str) -> list[SignalState]:
    """Every signal of an insight's current run; empty where it has none, or may not be shown.

    Raises:
        NotFound: No such insight.
        UsageError: It raises no signals.
    """
    from forethought.insights.raised import answers_of, same
    from forethought.insights.specs import spec_named
    from forethought.workspace.standing import standing_of

    spec = spec_named(ws.wiring.specs, insight)
    if insight not in answerable(ws.wiring):
        raise UsageError(
            f'Insight "{spec.id}" raises no signals.',
            remedy=f"Known: {', '.join(answerable(ws.wiring)) or 'none'}.",
        )
    receipt = ws.current(insight)
    if receipt is None or not standing_of(ws.wiring, receipt, ws.username).live:
        return []
    raised = _raised(ws, receipt)
    before = run_before(ws, receipt)
    known = _raised(ws, before) if before else ()
    answers = answers_of(raised, kept_responses(ws.wiring, insight))
    found = []
    for each in raised:
        answer = answers.get(each.subject)
        seen = any(same(each.subject, each.since, one.subject, one.since) for one in known)
        state = SignalState(
            insight=insight,
            run_id=receipt.run_id,
            subject=each.subject,
            name=each.name,
            since=each.since,
            sentence=each.sentence.replace("**", ""),
            action=each.action,
            meaning=each.meaning,
            owner=ws.wiring.people.name_of(each.owner),
            asked=each.owner,
            under=each.under,
            fresh=not seen,
        )
        if answer is not None:
            state = replace(
                state,
                state=answer.state,
                reason=answer.reason,
                author=answer.author,
                on=answer.on,
            )
        found.append(state)
    return found


def answer(ws: Opened, insight: str, subject: str, state: str, reason: str) -> SignalState:
    """Keep an answer to a signal of an insight's current run.

    Raises:
        NotFound: No such insight, or no such signal; the nearest is named.
        AccessDenied: The policies refuse.
        UsageError: No such state, or no reason.
    """
    from forethought.trust.responses import Answered, respond

    receipt = ws.receipt(insight)
    found = {each.subject: each for each in signals_of(ws, receipt.insight)}
    if subject not in found:
        raise NotFound(
            f'Insight {insight} has no signal "{subject}".',
            where=receipt.run_id,
            remedy=did_you_mean(subject, found)
            or f"forethought signals {receipt.insight} names them.",
        )
    signal = found[subject]
    wiring = ws.wiring
    respond(
        Answered(insight, subject, signal.since, signal.asked, receipt.run_id),
        state,
        person=wiring.people.person(ws.username),
        people=wiring.people,
        reason=reason,
        audit=wiring.audit,
        today=wiring.settings.day(),
    )
    return next(each for each in signals_of(ws, insight) if each.subject == subject)


def offered(ws: Opened, receipt: Receipt, published: Published) -> Published:
    """A page without the ways to answer that its reader may not use.

    An older run is answered by nobody: its signals may have moved.
    """
    from forethought.insights.blocks import Respond
    from forethought.trust.responses import may_respond

    if not any(isinstance(block, Respond) for block in published.blocks):
        return published
    current = ws.current(receipt.insight)
    newest = current is not None and current.run_id == receipt.run_id
    person, today = ws.wiring.people.person(ws.username), ws.wiring.settings.day()
    owners = {block.owner for block in published.blocks if isinstance(block, Respond)}
    may = {each for each in owners if newest and may_respond(person, each, today=today)}
    kept = (b for b in published.blocks if not isinstance(b, Respond) or b.owner in may)
    return replace(published, blocks=tuple(kept))


def _raised(ws: Opened, receipt: Receipt) -> tuple[Raised, ...]:
    from forethought.insights.programme import spec_of
    from forethought.insights.registry import kind_of

    result = ws.programme.result(receipt.run_id)
    return kind_of(receipt.kind).raised(result, spec_of(receipt))


def run_before(ws: Opened, receipt: Receipt) -> Receipt | None:
    """The newest run of an earlier month."""
    programme = ws.programme
    others = [programme.receipt(run_id) for run_id in programme.runs.ids(receipt.insight)]
    earlier = [each for each in others if each.as_of < receipt.as_of]
    return max(earlier, key=lambda each: (each.as_of, each.made_at), default=None)
