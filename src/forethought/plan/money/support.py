"""What support ahead costs at today's prices, on every path: all that a scenario starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forethought.place.calendar import months_between
from forethought.plan.money.finance import Finance, Reconciled, reconcile
from forethought.plan.money.population import BAND_OF_PROFILE, Population
from forethought.plan.money.projection import Projection, drivers_share

Floats = NDArray[np.float64]

RECENT_COST_MONTHS = 3


@dataclass(frozen=True, eq=False)
class Support:
    """Packages of care ahead in pounds of today, and what moves the other lines.

    Args:
        months: First days of the months ahead.
        real: Cost at the prices of the last known month, as paid: service x profile x month x
            path.
        people: Residents by age band and variant.
        scores: Where each path lies between the variants, standard normal.
        variant: The one variant of all paths; None: drawn between them.
        forecast_months: Months ahead that the statistical forecast tells.
        past_months: First days of the past months.
        committed: Cost of recorded packages in the past: service x past month.
        requests: Requests in the past, by month.
        requests_ahead: Month ahead x path, for the months of the statistical forecast.
        reconciled: Commitments beside actual spend.
    """

    months: tuple[date, ...]
    real: NDArray[np.float32]
    people: Population
    scores: Floats
    variant: str | None
    forecast_months: int
    past_months: tuple[date, ...]
    committed: Floats
    requests: Floats
    requests_ahead: Floats
    reconciled: Reconciled

    @property
    def paths(self) -> int:
        """Sample futures."""
        return int(self.real.shape[-1])

    @property
    def since(self) -> date:
        """The last known month, whose prices `real` has."""
        return self.past_months[-1]

    def residents(self) -> NDArray[np.float64]:
        """Residents of each profile's age band: profile x month ahead x path."""
        bands = self.people.ahead(self.months, self.scores, self.variant)
        return np.asarray(bands[BAND_OF_PROFILE])

    def with_variant(self, variant: str | None) -> Support:
        """The same under another population variant, on the same paths.

        Raises:
            UsageError: A variant that the projections do not have.
        """
        if variant == self.variant:
            return self
        moved = self._log_growth(variant) - self._log_growth(self.variant)
        share = np.array(
            [drivers_share(step, self.forecast_months) for step in range(len(self.months))]
        )
        factor = np.exp((moved * share[None, :, None]).cumsum(axis=1))[BAND_OF_PROFILE]
        return replace(self, real=(self.real * factor).astype(np.float32), variant=variant)

    def with_rate(self, pct_a_year: float | Floats, since: date | None = None) -> Support:
        """The same with all rates of support growing by so many per cent a year more.

        Args:
            pct_a_year: Per cent a year, for all paths or one a path.
            since: First month of the change; None: the first month ahead.
        """
        if not np.any(pct_a_year):
            return self
        first = since or self.months[0]
        years = np.array([max(months_between(first, month) + 1, 0) / 12 for month in self.months])
        growth = 1 + np.broadcast_to(np.asarray(pct_a_year, dtype=float), self.paths) / 100
        factor = (growth[None, :] ** years[:, None]).astype(np.float32)
        return replace(self, real=self.real * factor[None, None])

    def _log_growth(self, variant: str | None) -> NDArray[np.float64]:
        """Change of log residents from month to month: band x month ahead x path."""
        months: Sequence[date] = (self.since, *self.months)
        residents = self.people.ahead(months, self.scores, variant)
        return np.asarray(np.diff(np.log(residents), axis=1))


def support_of(projection: Projection, records: Finance) -> Support:
    """Price a projection at today's cost of a week, as paid.

    Raises:
        DataError: Finance records and events have no month in common.
    """
    volumes = projection.volumes
    reconciled = reconcile(
        records, volumes.months, np.asarray(volumes.cost_gbp.sum(axis=1), dtype=np.float64)
    )
    unit = weekly_as_paid(projection, reconciled).astype(np.float32)
    return Support(
        months=projection.months,
        real=projection.weeks * unit[:, :, None, None],
        people=projection.people,
        scores=projection.scores,
        variant=None,
        forecast_months=len(volumes.ahead),
        past_months=volumes.months,
        committed=volumes.cost_gbp.sum(axis=1),
        requests=volumes.requests,
        requests_ahead=volumes.requests_ahead,
        reconciled=reconciled,
    )


def weekly_as_paid(projection: Projection, reconciled: Reconciled) -> Floats:
    """Recent cost of a week as paid: service x profile; a service's own where nobody is seen."""
    volumes = projection.volumes
    cost_gbp = volumes.cost_gbp[..., -RECENT_COST_MONTHS:].sum(axis=-1)
    weeks = volumes.weeks[..., -RECENT_COST_MONTHS:].sum(axis=-1)
    whole = cost_gbp.sum(axis=1) / np.maximum(weeks.sum(axis=1), 1e-9)
    own = np.where(weeks > 0, cost_gbp / np.maximum(weeks, 1e-9), whole[:, None])
    paid = np.array([reconciled.factor(service) for service in range(own.shape[0])])
    return np.asarray(own * paid[:, None])
