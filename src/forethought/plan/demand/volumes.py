"""How much support is given, on every path: what budgets are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forethought.plan.demand.panel import Panel
from forethought.plan.demand.vocabulary import PROFILES, SERVICES


@dataclass(frozen=True, eq=False)
class Volumes:
    """Person-weeks and requests of a county by month, past and ahead.

    Args:
        months: First days of the past months.
        weeks: Person-weeks given: service x profile x month.
        cost_gbp: Their gross cost, same shape.
        requests: Requests for support: month.
        ahead: First days of the months ahead.
        weeks_ahead: service x profile x month ahead x path.
        requests_ahead: month ahead x path.
        district_weeks: Person-weeks given: service x district x month.
        district_weeks_ahead: service x district x month ahead x path.
        districts: District codes, in order.
    """

    months: tuple[date, ...]
    weeks: NDArray[np.float64]
    cost_gbp: NDArray[np.float64]
    requests: NDArray[np.float64]
    ahead: tuple[date, ...]
    weeks_ahead: NDArray[np.float32]
    requests_ahead: NDArray[np.float64]
    district_weeks: NDArray[np.float64]
    district_weeks_ahead: NDArray[np.float32]
    districts: tuple[str, ...]

    @property
    def paths(self) -> int:
        """Sample futures."""
        return int(self.weeks_ahead.shape[-1])

    def take(self, step: int, weeks: NDArray[np.float64], asked: NDArray[np.float64]) -> None:
        """Take in a month ahead while paths are being made.

        Args:
            step: Which, from 0.
            weeks: service x profile x district x path.
            asked: Requests: profile x district x path.
        """
        self.weeks_ahead[:, :, step] = weeks.sum(axis=2)
        self.district_weeks_ahead[:, :, step] = weeks.sum(axis=1)
        self.requests_ahead[step] = asked.sum(axis=(0, 1))


def room_for(panel: Panel, ahead: Sequence[date], paths: int) -> Volumes:
    """The past, and room for the months ahead."""
    size = len(ahead)
    return Volumes(
        months=panel.months,
        weeks=panel.person_weeks.sum(axis=2),
        cost_gbp=panel.cost_gbp.sum(axis=2),
        requests=panel.requests.sum(axis=(0, 1)),
        ahead=tuple(ahead),
        weeks_ahead=np.zeros((len(SERVICES), len(PROFILES), size, paths), dtype=np.float32),
        requests_ahead=np.zeros((size, paths)),
        district_weeks=panel.person_weeks.sum(axis=1),
        district_weeks_ahead=np.zeros(
            (len(SERVICES), len(panel.districts), size, paths), dtype=np.float32
        ),
        districts=panel.districts,
    )
