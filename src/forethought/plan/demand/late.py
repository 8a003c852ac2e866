"""Late records: how much of the last months is known, and what those months will come to.

Councils record starts and requests days or weeks after they happen. How many of an older
month's records were there as many days after its end as have passed since the newest month
tells how complete that month is (the chain ladder of insurers, with one development step).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.place.calendar import add_months, month_end, month_start
from forethought.plan.demand.panel import Panel
from forethought.plan.demand.vocabulary import is_long_term, is_request

Floats = NDArray[np.float64]

MATURE_DAYS = 90
MATURE_MONTHS = 12
RECENT_MONTHS = 6
WHOLE = 0.98  # a month at least this complete is not provisional
LEAST = 0.25  # a month less complete than this is not scaled up further


@dataclass(frozen=True, eq=False)
class Completeness:
    """Share of each month's records that are there.

    Args:
        months: First days of the months.
        starts: Share of starts, 0-1, by month.
        requests: Share of requests.
    """

    months: tuple[date, ...]
    starts: Floats
    requests: Floats

    @property
    def provisional(self) -> tuple[date, ...]:
        """Months of which more than 2 in 100 records are still to come."""
        share = np.minimum(self.starts, self.requests)
        return tuple(m for m, known in zip(self.months, share, strict=True) if known < WHOLE)


def completeness(events: pl.DataFrame, *, known_by: date, months: tuple[date, ...]) -> Completeness:
    """Estimate how complete the last six months are on a day.

    Args:
        events: Rows with `event_type`, `event_start_date`, `recorded_on`, as for `panel`.
        known_by: The day.
        months: Months to tell it for; older ones count as complete.
    """
    known = events.filter(
        (pl.col("recorded_on") <= known_by) & (pl.col("event_start_date") <= known_by)
    )
    newest = add_months(month_start(known_by), -MATURE_DAYS // 30 - 1)
    window = known.filter(
        pl.col("event_start_date").is_between(
            add_months(newest, 1 - MATURE_MONTHS), month_end(newest)
        )
    )
    days_late = (pl.col("recorded_on") - pl.col("event_start_date").dt.month_end()).dt.total_days()
    shares = []
    for rows in (window.filter(is_long_term()), window.filter(is_request())):
        late = rows.select(days_late.alias("late"))["late"].to_numpy()
        known_share = np.ones(len(months))
        for place in range(max(len(months) - RECENT_MONTHS, 0), len(months)):
            passed = (known_by - month_end(months[place])).days
            if late.size:
                known_share[place] = max(float((late <= passed).mean()), LEAST)
        shares.append(known_share)
    return Completeness(months, shares[0], shares[1])


def estimated(panel: Panel, known: Completeness) -> Panel:
    """The panel with what is still to be recorded added to its last months.

    Starts and requests are divided by their completeness; the starts still to come are counted
    in the stock, and weeks and cost rise with it. Stock and flow still agree.
    """
    starts = panel.starts / known.starts
    missing = (starts - panel.starts).cumsum(axis=-1)
    supported = panel.supported + missing
    rise = np.divide(
        supported, panel.supported, out=np.ones_like(supported), where=panel.supported > 0
    )
    return replace(
        panel,
        starts=starts,
        new=panel.new / known.starts,
        supported=supported,
        requests=panel.requests / known.requests,
        person_weeks=panel.person_weeks * rise,
        cost_gbp=panel.cost_gbp * rise,
    )
