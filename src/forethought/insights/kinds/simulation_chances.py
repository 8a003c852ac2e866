"""Chances of any target by staff, change of demand and day: one map for the page and its what-ifs.

The map keeps the quantiles of the list in the simulated futures, not chances, so that the chance of
a target that somebody asks for later can be read off at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri

from forethought.insights.kinds.simulation_plans import Asked, Question, quarter_ends

CHANGES_PCT = (-10.0, -5.0, 0.0, 5.0, 10.0)
COLUMNS = 7
HEAT_FUTURES = 100
POINTS = tuple(n / 100 for n in range(101))
SEEN = (0.005, 0.995)
"""Chances beyond these cannot be told from 100 futures."""


def chances_table(question: Question, end: date, low: int, high: int) -> pl.DataFrame:
    """Cases waiting by staff, change of demand and day: `staff`, `change_pct`, `ds`, `points`.

    `points` are the quantiles of the futures at 0, 1, …, 100 per cent.
    """
    staff = heat_staff(question.staff_now, low, high)
    days = quarter_ends(question.start, end)
    rows: list[dict[str, Any]] = []
    for change in CHANGES_PCT:
        asking = question.staffing(Asked(change, 1, end), HEAT_FUTURES)
        futures = asking.futures()
        now = futures.in_post(question.change_on)
        counts = futures.counts(asking.goal, [asking.hiring.join(size - now) for size in staff])
        ends = futures.calendar.period_ends()
        for day in days:
            points = np.quantile(counts[:, :, ends.index(day)], POINTS, axis=1)
            rows += [
                {"staff": size, "change_pct": change, "ds": day, "points": points[:, n].tolist()}
                for n, size in enumerate(staff)
            ]
    return pl.DataFrame(rows)


def heat_staff(now: float, low: int, high: int) -> list[int]:
    """Seven or so whole numbers of staff from `low` to `high`, today's nearest among them."""
    step = max(1, round((high - low) / (COLUMNS - 1)))
    middle = round(now)
    first = middle - ((middle - low) // step) * step
    return list(range(max(first, 0), high + 1, step))


def chance_below(points: Sequence[float], fewer_than: int) -> float:
    """Share of futures below a number, from their quantiles at 0, 1, …, 100 per cent."""
    ends = np.asarray(points)
    share = np.arange(ends.size) / (ends.size - 1)
    wanted = fewer_than - 0.5
    if wanted < ends[0]:
        return 0.0
    if wanted >= ends[-1]:
        return 1.0
    after = int(np.searchsorted(ends, wanted, side="right"))
    before, width = ends[after - 1], ends[after] - ends[after - 1]
    part = (wanted - before) / width if width > 0 else 0.0
    return float(share[after - 1] + part / (ends.size - 1))


def nearest_day(chances: pl.DataFrame, by: date) -> date:
    """The quarter's end of the map that is nearest to a day."""
    days: list[date] = chances["ds"].unique().sort().to_list()
    return min(days, key=lambda day: abs((day - by).days))


def likely_staff(chances: pl.DataFrame, asked: Asked, probability: float) -> int | None:
    """Staff with a chance, read off the map of chances between its rows and columns.

    Normal quantiles of the chances are nearly straight in staff and in demand, so a straight line
    between two cells comes near; None where the map does not reach the chance.
    """
    rows = chances.filter(pl.col("ds") == nearest_day(chances, asked.by))
    changes = sorted(rows["change_pct"].unique())
    found = []
    for change in changes:
        own = rows.filter(pl.col("change_pct") == change).sort("staff")
        share = [chance_below(points, asked.fewer_than) for points in own["points"]]
        level = ndtri(np.clip(share, *SEEN))
        wanted = float(ndtri(probability))
        reached = bool(level[-1] >= wanted > level[0])
        found.append(float(np.interp(wanted, level, own["staff"])) if reached else np.nan)
    known = ~np.isnan(found)
    if not known.any():
        return None
    staff = np.interp(asked.change_pct, np.array(changes)[known], np.array(found)[known])
    return ceil(float(staff))
