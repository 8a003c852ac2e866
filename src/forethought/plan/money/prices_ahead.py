"""Price, pay and complexity levels month by month on every path, beside the last known month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forethought.place.calendar import financial_year, months_between
from forethought.plan.demand.prices import TENTH, Uplift
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.assumptions import Assumptions, Rise
from forethought.plan.paths import stable_seed

Floats = NDArray[np.float64]

YEAR_MONTHS = 12
MEASURED_YEARS = 5
_YEARS_MEANT = 3


@dataclass(frozen=True, eq=False)
class Levels:
    """Logs of levels: month x path, zero in the last known month.

    Args:
        months: First days of the months.
        wage, prices, complexity, pay, contributions, nhs, grants, deflator: The levels.
        delivered: Share of each saving that is delivered: saving x path.
    """

    months: tuple[date, ...]
    wage: Floats
    prices: Floats
    complexity: Floats
    pay: Floats
    contributions: Floats
    nhs: Floats
    grants: Floats
    deflator: Floats
    delivered: Floats

    def care(self, wage_share: float) -> Floats:
        """Log price of care whose cost is wages to a share: month x path."""
        return wage_share * self.wage + (1 - wage_share) * self.prices


def levels_ahead(
    assumed: Assumptions,
    complexity: Uplift,
    *,
    since: date,
    months: Sequence[date],
    paths: int,
    seed: int,
) -> Levels:
    """Draw the levels.

    Args:
        assumed: The rises with their ranges.
        complexity: Real rise of a week's cost a year.
        since: The month in which all levels are 1.
        months: First days of the months to tell.
        paths: Sample futures.
        seed: Same seed, same digits; each kind has random numbers of its own, so that a changed
            assumption moves no other.
    """

    def scores(name: str) -> Floats:
        return np.random.default_rng(stable_seed(seed, f"money-{name}")).normal(size=paths)

    def level(rise: Rise, name: str) -> Floats:
        return _stepped(rise, since, months, scores(name), scores)

    elapsed = np.array([months_between(since, month) / YEAR_MONTHS for month in months])
    yearly = np.log1p(complexity.drawn(scores("complexity")))
    delivered = [s.delivery.drawn(scores(f"saving-{s.name}")) for s in assumed.savings]
    return Levels(
        tuple(months),
        wage=level(assumed.wage, "wage"),
        prices=level(assumed.prices, "prices"),
        complexity=elapsed[:, None] * yearly,
        pay=level(assumed.pay, "pay"),
        contributions=level(assumed.contributions, "contributions"),
        nhs=level(assumed.nhs, "nhs"),
        grants=level(assumed.grants, "grants"),
        deflator=level(assumed.deflator, "deflator"),
        delivered=np.stack(delivered) if delivered else np.zeros((0, paths)),
    )


def _stepped(
    rise: Rise,
    since: date,
    months: Sequence[date],
    scores: Floats,
    drawn_by: Callable[[str], Floats],
) -> Floats:
    """Steps on each 1 April after a month."""
    first = financial_year(since) + 1
    last = max(financial_year(month) for month in months)
    logs = rise.logs(range(first, last + 1), scores, drawn_by)
    steps = np.vstack([np.zeros((1, scores.size)), logs.cumsum(axis=0)])
    place = [max(financial_year(month) - first + 1, 0) for month in months]
    return np.asarray(steps[place])


def measured_complexity(volumes: Volumes, past_uplifts: Mapping[int, float]) -> Uplift | None:
    """Real rise of the cost of a week a year, beyond uplifts, mix held: with its range.

    Args:
        volumes: Weeks and cost of the past.
        past_uplifts: Rise of prices on 1 April by year, as shares.

    Returns:
        None where under two years have both, so that price and complexity cannot be told apart.
    """
    labels = np.array([financial_year(month) for month in volumes.months])
    whole = [y for y in np.unique(labels).tolist() if (labels == y).sum() == YEAR_MONTHS]
    found = []
    for year in whole[1:]:
        if year not in past_uplifts or year - 1 not in whole:
            continue
        now, then = labels == year, labels == year - 1
        weeks = volumes.weeks[..., now].sum(axis=-1)
        before = volumes.weeks[..., then].sum(axis=-1)
        both = (weeks > 0) & (before > 0)
        cost = volumes.cost_gbp[..., now].sum(axis=-1)[both].sum()
        at_old = (volumes.cost_gbp[..., then].sum(axis=-1)[both] / before[both] * weeks[both]).sum()
        found.append(float(np.log(cost / at_old) - np.log1p(past_uplifts[year])))
    recent = np.array(found[-MEASURED_YEARS:])
    if recent.size < 2:  # noqa: PLR2004  one year has no spread
        return None
    middle = float(np.expm1(recent.mean()))
    sd = float(recent.std(ddof=1) * np.sqrt(1 / recent.size + 1 / _YEARS_MEANT))
    return Uplift(middle - TENTH * sd, middle, middle + TENTH * sd)
