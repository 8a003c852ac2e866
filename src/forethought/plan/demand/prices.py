"""What a week of support costs ahead: an assumption with its own range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.place.calendar import financial_year

Floats = NDArray[np.float64]

TENTH = 1.2815515655446004  # standard deviations from the middle to the 9th of 10 (normal)


@dataclass(frozen=True)
class Uplift:
    """The rise of prices on 1 April, as a share (0.04 is 4%).

    Args:
        low: A 1 in 10 chance of less.
        likely: As likely more as less.
        high: A 1 in 10 chance of more.
    """

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        if not -1 < self.low <= self.likely <= self.high:
            raise UsageError(
                f"A rise from {self.low:g} to {self.high:g}, likely {self.likely:g}, has no order.",
                remedy="Give low, likely and high, each as large as the one before.",
            )

    @classmethod
    def certain(cls, share: float) -> Uplift:
        """A rise that is taken as known."""
        return cls(share, share, share)

    def drawn(self, scores: Floats) -> Floats:
        """Rises at standard normal scores: a normal with another half on either side.

        Source: the two-piece normal of the Bank of England's fan charts (Britton, Fisher and
        Whitley 1998), with 10th and 90th percentile at low and high.
        """
        side = np.where(scores < 0, self.likely - self.low, self.high - self.likely)
        return np.asarray(np.maximum(self.likely + scores / TENTH * side, -1.0))


@dataclass(frozen=True)
class Prices:
    """What a person's support costs ahead: the recent level, raised each April.

    Args:
        uplift: Rise on 1 April of a year, by year; others `otherwise`.
        otherwise: Rise in every year that `uplift` does not name.
    """

    uplift: Mapping[int, Uplift] = field(default_factory=dict)
    otherwise: Uplift = field(default_factory=lambda: Uplift.certain(0.0))

    def factors(self, month: date, since: date, scores: Floats) -> Floats:
        """Price level of a month beside that of an earlier one, on each path.

        Args:
            month: First day of the month.
            since: First day of the earlier month.
            scores: Standard normal, one a path: a path on which prices rise fast does so in all
                years, as what is misjudged of one year is of the next.
        """
        years = range(financial_year(since) + 1, financial_year(month) + 1)
        level = np.ones(scores.size)
        for year in years:
            level = level * (1 + self.uplift.get(year, self.otherwise).drawn(scores))
        return level
