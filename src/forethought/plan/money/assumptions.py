"""What a budget assumes besides people: prices, pay, income, savings, one-offs; with ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forethought.plan.demand.prices import Uplift
from forethought.plan.money.changes import CHANGES, POPULATION, SAVINGS, Change, changes_of

Floats = NDArray[np.float64]

NO_RISE = Uplift.certain(0.0)
LOWEST = -0.99
"""No rise is lower, on no path: prices stay above 0."""


@dataclass(frozen=True)
class Rise:
    """A yearly rise on 1 April, with its range and where it comes from.

    Args:
        otherwise: The rise of every year that `by_year` does not name.
        by_year: Rise on 1 April of a year.
        source: Where it is written down.
        changes: What a scenario adds to the rise, or puts in its place.
    """

    otherwise: Uplift = NO_RISE
    by_year: Mapping[int, Uplift] = field(default_factory=dict)
    source: str = ""
    changes: tuple[Change, ...] = ()

    def of(self, year: int) -> Uplift:
        """The rise on 1 April of a year."""
        return self.by_year.get(year, self.otherwise)

    def logs(
        self, years: range, scores: Floats, drawn_by: Callable[[str], Floats]
    ) -> NDArray[np.float64]:
        """Log rises: years x paths. A path that rises fast does so in all years.

        Args:
            years: Years of the Aprils.
            scores: Standard normal, one a path.
            drawn_by: The same for a scenario's change, by its name: a change of several rises
                (`fee_pct`) moves them alike.
        """
        if not years:
            return np.zeros((0, scores.size))
        return np.log1p(np.stack([self._drawn(year, scores, drawn_by) for year in years]))

    def _drawn(self, year: int, scores: Floats, drawn_by: Callable[[str], Floats]) -> Floats:
        drawn = self.of(year).drawn(scores)
        for change in self.changes:
            if change.holds(year):
                more = change.amount.drawn(drawn_by(change.name))
                drawn = more if CHANGES[change.name].instead else drawn + more
        return np.maximum(drawn, LOWEST)

    @property
    def settled(self) -> bool:
        """Whether a scenario puts another rise in the place of this one in every year."""
        return any(CHANGES[c.name].instead and not (c.years or c.but) for c in self.changes)


@dataclass(frozen=True)
class Saving:
    """A planned saving.

    Args:
        name: What it is called.
        gbp_by_year: Pounds saved in a financial year (by the year of its April), cash, the whole
            effect in that year, not the addition to the year before.
        delivery: Share that is delivered: low, likely, high (0.8 is four fifths).
        source: Where it was agreed.
    """

    name: str
    gbp_by_year: Mapping[int, float]
    delivery: Uplift = field(default_factory=lambda: Uplift(0.5, 0.8, 1.0))
    source: str = ""


@dataclass(frozen=True)
class OneOff:
    """Spend (or, negative, income) of one year that does not come again."""

    name: str
    year: int
    gbp: float
    source: str = ""


@dataclass(frozen=True)
class Assumptions:
    """All that a budget assumes of prices and money.

    Args:
        wage: Rise of the National Living Wage, which moves `wage_share` of care prices.
        prices: Rise of consumer prices, which moves the rest.
        wage_share: Share of a service's price that is wages, 0-1, by service; others `usual_share`.
        usual_share: The share where a service has none of its own.
        complexity: Real rise of the cost of a week (hours, setting) a year; None: as measured.
        pay: Rise of the council's own pay.
        contributions: Rise of what clients pay for a week of support.
        nhs: Rise of what the NHS pays for a week of support.
        grants: Rise of grants and the Better Care Fund.
        grants_by_year: Pounds of grants in a financial year, where they are known.
        deflator: Rise of prices in general, for real terms.
        past_uplifts: Rise of care prices on 1 April of past years, as shares, by year.
        savings: Planned savings.
        one_offs: What happened once and does not come again.
    """

    wage: Rise = field(default_factory=Rise)
    prices: Rise = field(default_factory=Rise)
    wage_share: Mapping[str, float] = field(default_factory=dict)
    usual_share: float = 0.7
    complexity: Uplift | None = None
    pay: Rise = field(default_factory=Rise)
    contributions: Rise = field(default_factory=Rise)
    nhs: Rise = field(default_factory=Rise)
    grants: Rise = field(default_factory=Rise)
    grants_by_year: Mapping[int, float] = field(default_factory=dict)
    deflator: Rise = field(default_factory=Rise)
    past_uplifts: Mapping[int, float] = field(default_factory=dict)
    savings: tuple[Saving, ...] = ()
    one_offs: tuple[OneOff, ...] = ()

    def share_of(self, service: str) -> float:
        """Share of a service's price that is wages."""
        return self.wage_share.get(service, self.usual_share)

    def changed(self, changes: Mapping[str, Any]) -> Assumptions:
        """The same with a scenario's changes.

        Args:
            changes: By name (`CHANGES`), as a scenario file writes them.

        Raises:
            UsageError: Every unknown name and value out of range, at once.
        """
        return self.with_changes(changes_of(changes))

    def with_changes(self, changes: Sequence[Change]) -> Assumptions:
        """The same with changes that were read before; those of people are not for it."""
        made = self
        for change in changes:
            if change.name in {POPULATION, "rate_pct"}:
                continue
            if change.name == "complexity_pct":
                made = replace(made, complexity=change.amount)
            elif change.name == SAVINGS:
                shares = tuple(replace(s, delivery=change.amount) for s in made.savings)
                made = replace(made, savings=shares)
            else:
                moved: dict[str, Any] = {}
                for name in change.touches:
                    rise: Rise = getattr(made, name)
                    moved[name] = replace(rise, changes=(*rise.changes, change))
                made = replace(made, **moved)
        return made
