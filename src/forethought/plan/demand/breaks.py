"""What happened once, and to which flow: a change of recording, of law, a pandemic."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.demand.vocabulary import SERVICES
from forethought.plan.shocks import Shock, checked_shocks, first_day

REQUESTS, STARTS, LEAVING = "requests", "starts", "leaving"
FLOWS = (REQUESTS, STARTS, LEAVING)


@dataclass(frozen=True)
class Break:
    """A shock and the series that it touched.

    Args:
        shock: Name, dates and shape.
        flows: Of `requests`, `starts` and `leaving`; none named is all three.
        service: A service of SERVICES whose starts or leaving it touched; None is all of them.
        source: Where it is written down.
    """

    shock: Shock
    flows: tuple[str, ...] = ()
    service: str | None = None
    source: str = ""

    def touches(self, flow: str, services: Collection[str]) -> bool:
        """Whether a series of a flow, which sums these services, was touched.

        A sum is touched with any of its parts.
        """
        if self.flows and flow not in self.flows:
            return False
        if self.service is None:
            return True
        return flow != REQUESTS and self.service in services

    def begun(self, day: date) -> bool:
        """Whether it had begun by a day."""
        return first_day(self.shock) <= day


def checked_breaks(breaks: Sequence[Break]) -> None:
    """Refuse breaks that touch nothing, or whose shock says nothing.

    Raises:
        UsageError: All problems at once.
    """
    problems = []
    for one in breaks:
        where = f"shock {one.shock.name}"
        problems += [
            Problem(f"{flow} is no flow.", where, did_you_mean(flow, FLOWS))
            for flow in one.flows
            if flow not in FLOWS
        ]
        if one.service is not None and one.service not in SERVICES:
            near = did_you_mean(one.service, SERVICES)
            problems.append(Problem(f"{one.service} is no service.", where, near))
        if one.flows == (REQUESTS,) and one.service is not None:
            problems.append(
                Problem("requests have no service.", where, "Leave service out, or name a flow.")
            )
    if problems:
        raise UsageError("The shocks cannot be used.", where="shocks", problems=problems)
    checked_shocks([one.shock for one in breaks])


__all__ = ["FLOWS", "LEAVING", "REQUESTS", "STARTS", "Break", "checked_breaks"]
