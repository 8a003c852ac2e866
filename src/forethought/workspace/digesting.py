"""The month's digest of a role: what to look into, what is new, what was made anew."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from forethought.insights.raised import NEW
from forethought.place.calendar import long_date, month_name

if TYPE_CHECKING:
    from forethought.insights.receipt import Receipt
    from forethought.workspace.answering import SignalState
    from forethought.workspace.opened import Opened


@dataclass(frozen=True)
class MadeAnew:
    """A run that was made since the digest before: its insight, receipt number and data."""

    insight: str
    title: str
    run_id: str
    label: str
    as_of: date
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class MonthlyDigest:
    """One list a month for a role.

    Args:
        role: Name of the role.
        as_of: Last day that the newest watch knew; None where there is no watch.
        causes: Signals told by themselves that the person is asked to act on, or that their role
            looks at; the most pressing first.
        others: Signals told with each cause, by its subject.
        made: Runs made since the watch before.
    """

    role: str
    as_of: date | None
    causes: tuple[SignalState, ...]
    others: dict[str, tuple[str, ...]]
    made: tuple[MadeAnew, ...]

    @property
    def waiting(self) -> tuple[SignalState, ...]:
        """Causes that nobody has answered."""
        return tuple(each for each in self.causes if each.state == NEW)

    def headline(self) -> str:
        """How many causes, how many of them the month before did not have, how many wait."""
        if self.as_of is None:
            return f"There is no watch for the role {self.role} yet."
        if not self.causes:
            return f"Nothing to act on up to {month_name(self.as_of)}."
        count, fresh = len(self.causes), sum(each.fresh for each in self.causes)
        noun = "signal" if count == 1 else "signals"
        return (
            f"{count} {noun} up to {month_name(self.as_of)}: {fresh or 'none'} new this month, "
            f"{len(self.waiting) or 'none'} waiting for an answer."
        )

    def lines(self) -> list[str]:
        """The digest as text."""
        out = [self.headline(), ""]
        for each in self.causes:
            out += cause_lines(each, self.others.get(each.subject, ()))
        if self.made:
            out.append("Made anew:")
            out += [made_line(each) for each in self.made]
        return out


def state_line(each: SignalState) -> str:
    """How a signal stands: `acknowledged by Priya Nair, 3 November 2026: ...`."""
    if each.on is None:
        return "waiting for an answer"
    return f"{each.state} by {each.author}, {long_date(each.on)}: {each.reason}"


def cause_lines(each: SignalState, others: tuple[str, ...] = ()) -> list[str]:
    """A cause with what to do, who is asked and how it stands."""
    fresh = "new this month; " if each.fresh else ""
    out = [f"- {each.sentence}", f"  {each.action}"]
    if others:
        out.append(f"  Seen in it, too: {', '.join(others)}.")
    out.append(f"  {each.owner}; {fresh}{state_line(each)}")
    if each.state == NEW:
        subject = shlex.quote(each.subject)
        out.append(f'  forethought respond {each.insight} {subject} acknowledged --reason "..."')
    out.append("")
    return out


def made_line(each: MadeAnew) -> str:
    """A run with its receipt's number."""
    return f"- {each.title}: {each.run_id} (receipt {each.label}), data to {long_date(each.as_of)}."


def digest_of(ws: Opened) -> MonthlyDigest:
    """The digest of the person's role, from the newest watches that may be shown."""
    from forethought.workspace.answering import answerable, signals_of

    person = ws.wiring.people.person(ws.username)
    everything, watched = [], []
    for name in answerable(ws.wiring):
        receipt = ws.current(name)
        audience = ws.wiring.specs[name].audience
        looks = not audience or person.role.id in audience
        mine = [each for each in signals_of(ws, name) if looks or each.asked == person.username]
        if receipt is not None and (looks or mine):
            watched.append(receipt)
        everything += mine
    others: dict[str, tuple[str, ...]] = {}
    for each in everything:
        if each.under:
            others[each.under] = (*others.get(each.under, ()), each.name)
    return MonthlyDigest(
        role=person.role.name.lower(),
        as_of=max((date.fromisoformat(each.as_of) for each in watched), default=None),
        causes=tuple(each for each in everything if not each.under),
        others=others,
        made=made_since(ws, watched),
    )


def made_since(ws: Opened, watched: list[Receipt]) -> tuple[MadeAnew, ...]:
    """The newest run of each insight that was made after the watch of the month before."""
    from forethought.workspace.answering import run_before

    before = [run.made_at for each in watched if (run := run_before(ws, each)) is not None]
    since = max(before, default="")
    newest = [ws.programme.latest(name) for name in ws.wiring.specs]
    return tuple(
        made_anew(receipt) for receipt in newest if receipt is not None and receipt.made_at > since
    )


def made_anew(receipt: Receipt) -> MadeAnew:
    """A run as a digest lists it."""
    return MadeAnew(
        insight=receipt.insight,
        title=receipt.title,
        run_id=receipt.run_id,
        label=receipt.label,
        as_of=date.fromisoformat(receipt.as_of),
        failed=tuple(check.name for check in receipt.checks if not check.passed),
    )
