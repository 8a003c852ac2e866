"""Late records: how much of the last months is known, and what those months will come to.

Councils record starts and requests days or weeks after they happen. How many of an older
month's records were there as many days after its end as have passed since the newest month
tells how complete that month is (the chain ladder of insurers, with one development step).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.place.calendar import month_end
from forethought.plan.demand.panel import Panel
from forethought.plan.demand.vocabulary import is_long_term, is_request

Floats = NDArray[np.float64]

MATURE_DAYS = 90
MATURE_WINDOW_DAYS = 365
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
    ends = [month_end(month) for month in months[-RECENT_MONTHS:]]
    older = np.ones(len(months) - len(ends))
    shares = [
        np.concatenate(
            [
                older,
                recorded_share(
                    known.filter(rows).select(
                        pl.col("event_start_date").dt.month_end().alias("ends"),
                        pl.col("recorded_on"),
                    ),
                    ends=ends,
                    known_by=known_by,
                ),
            ]
        )
        for rows in (is_long_term(), is_request())
    ]
    return Completeness(months, shares[0], shares[1])


def recorded_share(rows: pl.DataFrame, *, ends: Sequence[date], known_by: date) -> Floats:
    """Share of the records of recent periods that is there on a day.

    Args:
        rows: `ends` (last day of the period in which something happened), `recorded_on`.
        ends: Last days of the periods asked about.
        known_by: The day.

    Returns:
        For each period the share of older records, from the year before the last three months,
        that were there as many days after their period's end; at least 0.25.
    """
    mature = known_by - timedelta(days=MATURE_DAYS)
    window = rows.filter(
        pl.col("ends").is_between(mature - timedelta(days=MATURE_WINDOW_DAYS), mature)
    )
    late = window.select((pl.col("recorded_on") - pl.col("ends")).dt.total_days())
    days = late.to_series().to_numpy()
    if not days.size:
        return np.ones(len(ends))
    shares = np.array([float((days <= (known_by - end).days).mean()) for end in ends])
    return np.asarray(np.maximum(shares, LEAST))


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
