"""What an insight raised for somebody to look into, and which answer belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from forethought.place.calendar import months_between

if TYPE_CHECKING:
    from forethought.insights.base import Response

SAME_MONTHS = 2
"""So far the beginning of one change moves at most, as months come in and it is estimated anew."""
NEW = "new"


@dataclass(frozen=True)
class Raised:
    """One thing that a run raised.

    Args:
        subject: Its key, as an answer names it.
        name: What pages call it.
        since: First day of the change.
        owner: Username of who is asked to act.
        sentence: What changed, in one sentence; may mark phrases with `**bold**`.
        action: What to do first.
        meaning: `concern`, `improvement` or `neutral`.
        under: Subject of what it is told with, where it is not told by itself.
    """

    subject: str
    name: str
    since: date
    owner: str
    sentence: str
    action: str
    meaning: str
    under: str = ""

    @property
    def lead(self) -> bool:
        """Whether it is told by itself."""
        return not self.under


def same(subject: str, since: date, other_subject: str, other_since: date) -> bool:
    """Whether two say the same: of one series, about one beginning."""
    return subject == other_subject and abs(months_between(since, other_since)) <= SAME_MONTHS


def answer_to(responses: Sequence[Response], subject: str, since: date) -> Response | None:
    """The newest answer to something raised, or None.

    Args:
        responses: Answers, oldest first.
        subject: Its key.
        since: First day of the change, as it is estimated now.
    """
    mine = [each for each in responses if same(subject, since, each.subject, each.since)]
    return mine[-1] if mine else None


def answers_of(raised: Iterable[Raised], responses: Sequence[Response]) -> Mapping[str, Response]:
    """The newest answer to each thing raised, by subject; what is told with another has its own
    answer, or that of the other.
    """  # noqa: D205  one sentence
    everything = {each.subject: each for each in raised}
    found = {}
    for each in everything.values():
        own = answer_to(responses, each.subject, each.since)
        above = everything.get(each.under)
        if own is None and above is not None:
            own = answer_to(responses, above.subject, above.since)
        if own is not None:
            found[each.subject] = own
    return found
