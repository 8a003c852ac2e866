"""The whole question: demand now, three years ahead, and earlier forecasts held to account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.place.calendar import add_months, month_end
from forethought.plan.demand.adjustments import Adjustment
from forethought.plan.demand.breaks import Break
from forethought.plan.demand.judged import beside_what_came
from forethought.plan.demand.late import Completeness, completeness, estimated
from forethought.plan.demand.outlook import LEVEL, MOST_SERIES, Outlook, outlook
from forethought.plan.demand.panel import Panel, last_whole_month, panel
from forethought.plan.demand.prices import Prices

YEAR_MONTHS = 12
YEARS_BACK = (1, 2, 3, 4)
FEWEST_YEARS = 4  # of history that an earlier forecast must have had
PATHS_TO_JUDGE = 400


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand with its forecast and its track record.

    Args:
        counted: The history as recorded.
        panel: The same with its last months estimated where records are late.
        known: How complete the last months are.
        ahead: The forecast.
        unadjusted: The forecast without judgement, on the same sample futures, so that nothing but
            judgement lies between the two; the same where there is none.
        last: The forecast as it would have been made a year ago, or None.
        record: The year after each earlier forecast (see `judged.beside_what_came`), with the
            `origin` from which it was made.
    """

    counted: Panel
    panel: Panel
    known: Completeness
    ahead: Outlook
    unadjusted: Outlook
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
    breaks: Sequence[Break] = (),
    adjustments: Sequence[Adjustment] = (),
    back_run: bool = True,
    seed: int = 0,
) -> Demand:
    """Count demand, forecast it, and hold earlier years' forecasts against what came.

    Args:
        events: Rows in the layout of client level data (see `panel`).
        areas: `lsoa21`, `district_code` (see `panel`).
        as_of: Last day that may be known of: rows recorded later are left out.
        until: A day of the last month to forecast.
        prices: Price assumption ahead.
        paths: Sample futures.
        level: Prediction intervals, per cent; 80 must be among them.
        most_series: Most series to model one by one.
        breaks: What happened once, each to its own flow. An earlier forecast is told of those
            that had begun.
        adjustments: Judgements on the forecast; earlier forecasts are made without them.
        back_run: Whether to make the forecasts of up to four earlier years again.
        seed: Same seed, same digits.

    Raises:
        DataError: No long-term support, too short a history, or a series that cannot be
            forecast.
        UsageError: `until` lies in the past.
    """
    counted, history, known = known_panel(events, areas, as_of=as_of)
    ahead = outlook(
        history, until=until, prices=prices, paths=paths, level=level, most_series=most_series,
        breaks=breaks, adjustments=adjustments, seed=seed,
    )  # fmt: skip
    plain = ahead
    if adjustments:
        plain = outlook(
            history, until=until, prices=prices, paths=paths, level=level,
            most_series=most_series, breaks=breaks, seed=seed,
        )  # fmt: skip
    earlier = []
    for years in _years_back(history) if back_run else ():
        then = month_end(add_months(as_of, -years * YEAR_MONTHS))
        _, known_then, _ = known_panel(events, areas, as_of=then, districts=history.districts)
        ends = until if years == 1 else as_of
        made = outlook(
            known_then, until=add_months(ends, -(years - (years > 1)) * YEAR_MONTHS),
            paths=min(paths, PATHS_TO_JUDGE), level=level, most_series=most_series,
            breaks=[one for one in breaks if one.begun(then)], seed=seed,
        )  # fmt: skip
        earlier.append(made)
    record = pl.concat([
        beside_what_came(ahead, ahead), *(beside_what_came(made, ahead) for made in earlier)
    ])  # fmt: skip
    return Demand(counted, history, known, ahead, plain, earlier[0] if earlier else None, record)


def _years_back(history: Panel) -> tuple[int, ...]:
    """Years ago at which enough history was there to forecast from."""
    spare = len(history.months) // YEAR_MONTHS - FEWEST_YEARS + 1
    return tuple(years for years in YEARS_BACK if years <= spare)


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
