"""What a budget assumes besides people: prices, pay, income, savings, one-offs; with ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.demand.prices import Uplift

Floats = NDArray[np.float64]

NO_RISE = Uplift.certain(0.0)


@dataclass(frozen=True)
class Rise:
    """A yearly rise on 1 April, with its range and where it comes from.

    Args:
        otherwise: The rise of every year that `by_year` does not name.
        by_year: Rise on 1 April of a year.
        source: Where it is written down.
    """

    otherwise: Uplift = NO_RISE
    by_year: Mapping[int, Uplift] = field(default_factory=dict)
    source: str = ""

    def of(self, year: int) -> Uplift:
        """The rise on 1 April of a year."""
        return self.by_year.get(year, self.otherwise)

    def logs(self, years: range, scores: Floats) -> NDArray[np.float64]:
        """Log rises: years x paths. A path that rises fast does so in all years."""
        drawn = [np.log1p(self.of(year).drawn(scores)) for year in years]
        return np.stack(drawn) if drawn else np.zeros((0, scores.size))

    def moved(self, points: float) -> Rise:
        """The same, so many percentage points a year higher."""
        return replace(
            self,
            otherwise=_moved(self.otherwise, points),
            by_year={year: _moved(each, points) for year, each in self.by_year.items()},
        )


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

    def changed(self, changes: Mapping[str, float]) -> Assumptions:
        """The same with a scenario's changes.

        Args:
            changes: By name (`CHANGES`); percentage points a year, and for savings the share that
                is delivered, per cent.

        Raises:
            UsageError: Every unknown name and value out of range, at once.
        """
        check_changes(changes)
        made = self
        for name in ("wage", "prices", "pay", "contributions", "nhs", "grants"):
            points = changes.get(f"{name}_points")
            if points:
                made = replace(made, **{name: getattr(made, name).moved(points)})
        if (fees := changes.get("fee_points", 0.0)) != 0:
            made = replace(made, wage=made.wage.moved(fees), prices=made.prices.moved(fees))
        if "complexity_pct" in changes:
            made = replace(made, complexity=Uplift.certain(changes["complexity_pct"] / 100))
        if "savings_delivered_pct" in changes:
            sure = Uplift.certain(changes["savings_delivered_pct"] / 100)
            made = replace(made, savings=tuple(replace(s, delivery=sure) for s in made.savings))
        return made


CHANGES: Mapping[str, tuple[str, float, float]] = {
    "fee_points": ("Care prices rise faster, percentage points a year", -10, 20),
    "wage_points": ("The National Living Wage rises faster, points a year", -10, 20),
    "prices_points": ("Consumer prices rise faster, points a year", -10, 20),
    "pay_points": ("The council's own pay rises faster, points a year", -10, 20),
    "contributions_points": ("Clients' contributions rise faster, points a year", -20, 20),
    "nhs_points": ("NHS income rises faster, points a year", -20, 20),
    "grants_points": ("Grants rise faster, points a year", -30, 30),
    "complexity_pct": ("Care of a person grows in hours or setting, per cent a year", -10, 10),
    "savings_delivered_pct": ("Share of planned savings that is delivered, per cent", 0, 150),
    "rate_pct": ("Share of residents who need support grows, per cent a year", -10, 10),
}
"""Changes that a scenario may make: what each is, its least and its greatest value."""


def check_changes(changes: Mapping[str, float]) -> None:
    """Refuse changes that are unknown or beyond their range.

    Raises:
        UsageError: All problems at once.
    """
    problems = []
    for name, value in changes.items():
        if name not in CHANGES:
            problems.append(
                Problem(f'"{name}" is no change.', name, did_you_mean(name, list(CHANGES)))
            )
            continue
        _, low, high = CHANGES[name]
        if not low <= value <= high:
            problems.append(
                Problem(f"{value:g} is beyond {low:g} to {high:g}.", name, "Give a value between.")
            )
    if problems:
        raise UsageError("The scenario cannot be used.", problems=problems)


def _moved(uplift: Uplift, points: float) -> Uplift:
    share = points / 100
    return Uplift(uplift.low + share, uplift.likely + share, uplift.high + share)
