"""The whole question: demand now, three years ahead, and last year's forecast held to account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.place.calendar import add_months, month_end
from forethought.plan.demand.late import Completeness, completeness, estimated
from forethought.plan.demand.outlook import LEVEL, MOST_SERIES, Outlook, Prices, outlook
from forethought.plan.demand.panel import Panel, last_whole_month, panel
from forethought.plan.shocks import Shock

JUDGED_LEVEL = 80
YEAR_MONTHS = 12
PATHS_TO_JUDGE = 500
_KEYS = ("service", "who", "district", "measure", "ds")


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand with its forecast and its track record.

    Args:
        counted: The history as recorded.
        panel: The same with its last months estimated where records are late.
        known: How complete the last months are.
        ahead: The forecast.
        last: The forecast as it would have been made a year ago, or None.
        record: Each month since then: `service`, `who`, `district`, `measure`, `ds`, `mean`,
            `lo-80`, `hi-80`, `actual`, `inside`.
    """

    counted: Panel
    panel: Panel
    known: Completeness
    ahead: Outlook
    last: Outlook | None
    record: pl.DataFrame


def demand(  # noqa: PLR0913  a question's settings, by keyword
    events: pl.DataFrame,
    areas: pl.DataFrame,
    *,
    as_of: date,
    until: date,
    prices: Prices | None = None,
    paths: int = 1000,
    level: Sequence[float] = LEVEL,
    most_series: int = MOST_SERIES,
    shocks: Sequence[Shock] = (),
    back_run: bool = True,
    seed: int = 0,
) -> Demand:
    """Count demand, forecast it, and hold last year's forecast against what came.

    Args:
        events: Rows in the layout of client level data (see `panel`).
        areas: `lsoa21`, `district_code` (see `panel`).
        as_of: Last day that may be known of: rows recorded later are left out.
        until: A day of the last month to forecast.
        prices: Price assumption ahead.
        paths: Sample futures.
        level: Prediction intervals, per cent; 80 must be among them.
        most_series: Most series to model one by one.
        shocks: What happened once and is not to be repeated.
        back_run: Whether to make last year's forecast again.
        seed: Same seed, same digits.

    Raises:
        DataError: No long-term support, too short a history, or a series that cannot be
            forecast.
        UsageError: `until` lies in the past.
    """
    settings = {
        "paths": paths,
        "level": level,
        "most_series": most_series,
        "shocks": shocks,
        "seed": seed,
    }
    counted, history, known = known_panel(events, areas, as_of=as_of)
    ahead = outlook(history, until=until, prices=prices, **settings)  # type: ignore[arg-type]
    last = None
    if back_run and len(history.months) >= 4 * YEAR_MONTHS:
        then = month_end(add_months(as_of, -YEAR_MONTHS))
        _, earlier, _ = known_panel(events, areas, as_of=then, districts=history.districts)
        horizon_end = add_months(until, -YEAR_MONTHS)
        settings["paths"] = min(paths, PATHS_TO_JUDGE)
        last = outlook(earlier, until=horizon_end, **settings)  # type: ignore[arg-type]
    return Demand(counted, history, known, ahead, last, held_against(last, ahead))


def known_panel(
    events: pl.DataFrame,
    areas: pl.DataFrame,
    *,
    as_of: date,
    districts: Sequence[str] | None = None,
) -> tuple[Panel, Panel, Completeness]:
    """The panel up to the last whole month as of a day: as recorded, and late records estimated."""
    counted = panel(
        events, areas, known_by=as_of, last_month=last_whole_month(as_of), districts=districts
    )
    known = completeness(events, known_by=as_of, months=counted.months)
    return counted, estimated(counted, known), known


def held_against(last: Outlook | None, now: Outlook) -> pl.DataFrame:
    """An earlier forecast beside what came, and whether that lay in its 8 in 10 range.

    Ranges of people are whole people: the lower end is rounded down, the upper up.
    """
    low, high = f"lo-{JUDGED_LEVEL}", f"hi-{JUDGED_LEVEL}"
    came = now.months.drop_nulls("observed").select(*_KEYS, pl.col("observed").alias("actual"))
    made = (now if last is None else last).months.filter(pl.col("observed").is_null())
    return (
        made.select(*_KEYS, "mean", low, high)
        .join(came, on=list(_KEYS), how="inner", maintain_order="left")
        .with_columns(
            pl.col("actual")
            .round()
            .is_between(pl.col(low).floor(), pl.col(high).ceil())
            .alias("inside")
        )
    )
