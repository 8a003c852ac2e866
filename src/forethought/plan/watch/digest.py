"""One list a month for each role: the same cause is told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from forethought.place.calendar import months_between
from forethought.plan.watch.signal import Signal
from forethought.plan.watch.signals_result import Signals

NOBODY = "no owner"
TOGETHER = 2  # periods between the starts of two signals of one cause
_ORDER = {"concern": 0, "neutral": 1, "improvement": 2}
_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True)
class Cause:
    """Signals that are told as one.

    Args:
        lead: The signal that is told: the widest of those nested, the surest of others.
        others: Signals of the same cause.
        owner: Who is asked to act.
    """

    lead: Signal
    others: tuple[Signal, ...]
    owner: str

    @property
    def sentence(self) -> str:
        """The lead's sentence, and which others move with it."""
        if not self.others:
            return self.lead.sentence
        names = ", ".join(signal.unique_id for signal in self.others[:3])
        more = f" and {len(self.others) - 3:,} more" if len(self.others) > 3 else ""  # noqa: PLR2004
        return f"{self.lead.sentence} Seen in it, too: {names}{more}."


@dataclass(frozen=True, eq=False)
class Digest:
    """The month's list.

    Args:
        causes: Concerns first, then neutral ones, then improvements; the surest first.
    """

    causes: tuple[Cause, ...]

    @property
    def frame(self) -> pl.DataFrame:
        """A row a cause: `owner`, `unique_id`, `others`, `since`, `direction`, `meaning`, `shape`,
        `size`, `q`, `sure`, `sentence`, `action`.
        """  # noqa: D205  a list of columns
        return pl.DataFrame(
            {
                "owner": [each.owner for each in self.causes],
                "unique_id": [each.lead.unique_id for each in self.causes],
                "others": [[other.unique_id for other in each.others] for each in self.causes],
                "since": [each.lead.since for each in self.causes],
                "direction": [each.lead.direction for each in self.causes],
                "meaning": [each.lead.meaning for each in self.causes],
                "shape": [each.lead.shape for each in self.causes],
                "size": [each.lead.size for each in self.causes],
                "q": [each.lead.q for each in self.causes],
                "sure": [each.lead.sure for each in self.causes],
                "sentence": [each.sentence for each in self.causes],
                "action": [each.lead.action for each in self.causes],
            },
            schema_overrides={"others": pl.List(pl.String)},
        )

    def of(self, owner: str) -> Digest:
        """The list of one owner."""
        return Digest(tuple(each for each in self.causes if each.owner == owner))

    def headline(self) -> str:
        """How many causes, of how many signals, for how many owners."""
        if not self.causes:
            return "Nothing to act on this time."
        told = sum(1 + len(each.others) for each in self.causes)
        owners = len({each.owner for each in self.causes})
        count = len(self.causes)
        return (
            f"{count:,} {'cause' if count == 1 else 'causes'} behind {told:,} "
            f"{'signal' if told == 1 else 'signals'}, for {owners:,} "
            f"{'owner' if owners == 1 else 'owners'}."
        )

    def _repr_html_(self) -> str:
        """The sentence and the list."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)


def digest(
    signals: Signals,
    owners: Mapping[str, str] | None = None,
    *,
    within: Mapping[str, str] | None = None,
) -> Digest:
    """The signals of a watch as one list, the same cause told once.

    Two signals have one cause where one series lies within the other (or both within a third that
    signals, too), they go the same way, and they began within two periods of each other; and where
    one was named as a driver of the other.

    Args:
        signals: A watch.
        owners: Who acts on a series (a role or a team); a series without one takes that of what
            it lies within, at last `no owner`.
        within: What a series lies within: an area in a larger one, a service in a group of them.
    """
    inside = within or {}
    told = {signal.unique_id: signal for signal in signals.signals}
    head = {name: name for name in told}

    def root(name: str) -> str:
        while head[name] != name:
            name = head[name]
        return name

    for name, signal in told.items():
        relatives = [each for each in _above(name, inside) if each in told]
        relatives += [each for each in signal.drivers if each in told]
        for other in relatives:
            if _one_cause(signal, told[other]):
                head[root(name)] = root(other)
    groups: dict[str, list[Signal]] = defaultdict(list)
    for name, signal in told.items():
        groups[root(name)].append(signal)
    causes = [_cause(members, owners or {}, inside) for members in groups.values()]
    return Digest(
        tuple(sorted(causes, key=lambda each: (_ORDER[each.lead.meaning], each.lead.q,
                                               each.lead.p, each.lead.unique_id)))
    )  # fmt: skip


def _above(name: str, inside: Mapping[str, str]) -> list[str]:
    """What a series lies within, from near to far; a ring in the map ends the walk."""
    found: list[str] = []
    while name in inside and inside[name] not in found:
        name = inside[name]
        found.append(name)
    return found


def _one_cause(one: Signal, other: Signal) -> bool:
    return one.direction == other.direction and _periods_apart(one, other) <= TOGETHER


def _periods_apart(one: Signal, other: Signal) -> float:
    first, last = sorted((one.since, other.since))
    if isinstance(first, date | datetime):
        if one.unit == "month":
            return abs(months_between(first, last))
        return float((last - first).days / _DAYS.get(one.unit, 1))
    return float(abs(last - first))


def _cause(
    members: Sequence[Signal], owners: Mapping[str, str], inside: Mapping[str, str]
) -> Cause:
    names = {signal.unique_id for signal in members}

    def rank(signal: Signal) -> tuple[Any, ...]:
        wide = len([each for each in _above(signal.unique_id, inside) if each in names])
        return (wide, signal.q, signal.p, signal.unique_id)

    lead, *others = sorted(members, key=rank)
    line = [lead.unique_id, *_above(lead.unique_id, inside)]
    owner = next((owners[each] for each in line if each in owners), NOBODY)
    return Cause(lead, tuple(others), owner)
