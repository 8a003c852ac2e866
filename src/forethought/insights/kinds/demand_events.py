"""Demand from events: the computation of a run, and its checks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.insights.base import Check, Result, RunContext
from forethought.insights.kinds.demand import (
    AREA_COLUMNS,
    DemandSettings,
    DemandSpec,
    EventsSource,
    PriceUplift,
    last_forecast_day,
)
from forethought.insights.kinds.demand_small import (
    AXES,
    Hidden,
    at_level,
    by_year,
    levels,
    offered,
    safest,
    safest_by_month,
    within,
    without,
)
from forethought.place.calendar import financial_year, financial_year_start
from forethought.plan.demand import Adjustment, Break, Demand, Prices, Uplift, demand
from forethought.plan.demand.judged import IMPROBABLE, TOGETHER, verdict
from forethought.plan.demand.late import WHOLE
from forethought.plan.demand.outlook import price_rise
from forethought.plan.demand.summary import Choices
from forethought.plan.shocks import Shock

if TYPE_CHECKING:
    from forethought.insights.base import Frames

Floats = NDArray[np.float64]

YEARS_IN_TABLE = 2
FIGURES = ("observed", "mean", "median", "lo-50", "hi-50", "lo-80", "hi-80", "lo-95", "hi-95")
BY_SUPPORT = ("supported", "change", "person_weeks", "cost_gbp")
BY_STARTS = ("starts", "ends")
RECORDED = (
    "mean", "lo-80", "hi-80", "actual", "inside", "naive", "naive_inside", "scale",
)  # fmt: skip
TOLERANCE = 1e-6


def compute_events(frames: Frames, spec: DemandSpec, context: RunContext) -> Result:
    """Count demand, forecast it, hold last year's forecast to account, hide small numbers."""
    settings, source = spec.settings, spec.settings.source
    if not isinstance(source, EventsSource):
        raise DataError("This insight reads counts, not events.", where=spec.id)
    areas = frames[source.areas]
    done = demand_of(
        frames[source.events], areas, settings, as_of=context.as_of, seed=context.seed,
        back_run=settings.back_run,
    )  # fmt: skip
    shown = _Shown(done, context, settings.years_shown)
    tables = {
        "months": shown.months(),
        "last": shown.last(),
        "years": shown.years(),
        "record": shown.record(),
        "totals": done.ahead.totals,
        "unadjusted": shown.unadjusted(),
        "series": done.ahead.report.select(
            "unique_id", "kind", "combination", "origins", "reason", "fallback"
        ),
    }
    return Result(
        tables=tables,
        values={
            **shown.values(),
            "districts": _names(areas, done.panel.districts),
            "settings": settings.model_dump(mode="json"),
            "seed": context.seed,
        },
        metrics=_metrics(done, shown),
        checks=_checks(done, shown),
    )


def demand_of(
    events: pl.DataFrame,
    areas: pl.DataFrame,
    settings: DemandSettings,
    *,
    as_of: date,
    seed: int,
    back_run: bool,
    paths: int | None = None,
    until: date | None = None,
) -> Demand:
    """Demand as the settings of an insight ask for it: the same digits for whoever follows it.

    Args:
        events: Rows of events.
        areas: The lookup of areas.
        settings: The insight's settings.
        as_of: Last day that may be known.
        seed: Seed of the run.
        back_run: Whether earlier forecasts are made again and judged.
        paths: Sample futures; None: as many as the settings say.
        until: A day of the last month of a forecast that is made again as of an earlier day: told
            of what had begun by then, and of no adjustment. None: as the settings say.
    """
    breaks = [
        Break(Shock(s.name, s.start, s.end, s.shape), s.flows, s.service, s.source)
        for s in settings.shocks
    ]
    return demand(
        events,
        areas.select([c for c in AREA_COLUMNS if c in areas.columns]),
        as_of=as_of,
        until=until or last_forecast_day(as_of, settings.years_ahead),
        prices=_prices(settings),
        breaks=breaks if until is None else [each for each in breaks if each.begun(as_of)],
        adjustments=[
            Adjustment(
                a.name,
                a.author,
                a.reason,
                a.flow,
                1 + a.change_pct / 100,
                a.first,
                a.last,
                a.expires,
                a.service,
            )
            for a in (settings.adjustments if until is None else ())
        ],
        paths=settings.paths if paths is None else paths,
        most_series=settings.most_series,
        back_run=back_run,
        seed=seed,
    )


def _prices(settings: DemandSettings) -> Prices:
    def uplift(given: PriceUplift) -> Uplift:
        return Uplift(given.low_pct / 100, given.likely_pct / 100, given.high_pct / 100)

    usual = settings.price_uplift
    return Prices(
        {year: uplift(given) for year, given in settings.price_uplift_by_year.items()},
        Uplift.certain(0.0) if usual is None else uplift(usual),
    )


class _Shown:
    """Which rows and cells of a computed demand may be published."""

    def __init__(self, done: Demand, context: RunContext, years_shown: int) -> None:
        self.done, self.minimum = done, context.minimum_count
        self.data_to = done.panel.months[-1]
        self.year = financial_year(self.data_to)
        first = max(financial_year_start(self.year - years_shown), done.panel.months[0])
        self.first: date = first
        shown = self._shown_months()
        passing = levels(shown, self.minimum)
        counted = done.counted
        last_year = [financial_year(month) == self.year - 1 for month in counted.months]
        self.levels, self.support = safest_by_month(
            self._counts_by_month(shown), shown, offered(passing), minimum=self.minimum
        )
        self.flows = self._hidden(
            self._cells(counted.starts[..., last_year].sum(axis=-1)),
            self._shown_years("starts", "ends"),
        )
        self.asked = self._hidden(
            self._cells(counted.requests[..., last_year].sum(axis=-1)),
            self._shown_years("requests"),
        )

    def months(self) -> pl.DataFrame:
        """People supported by month and cell; flows for the county alone."""
        rows = self.done.ahead.months.filter((pl.col("ds") >= self.first) & within(self.levels))
        return without(rows, self.support, FIGURES)

    def last(self) -> pl.DataFrame:
        """Last year's forecast by month and cell."""
        columns = ("mean", "lo-80", "hi-80")
        if self.done.last is None:
            return self.months().clear().select(*AXES, "measure", "ds", *columns, "hidden")
        ahead = self.done.last.months.filter(pl.col("observed").is_null() & within(self.levels))
        rows = ahead.select(*AXES, "measure", "ds", *columns)
        return without(rows, self.support, columns)

    def unadjusted(self) -> pl.DataFrame:
        """The county's forecast without judgement, by service and measure."""
        rows = self.done.unadjusted.months.filter(
            (pl.col("who") == "all") & (pl.col("district") == "all")
            & pl.col("observed").is_null() & within(self.levels)
        )  # fmt: skip
        kept = without(rows.select(*AXES, "measure", "ds", "mean"), self.support, ("mean",))
        return kept.select("service", "measure", "ds", "mean")

    def years(self) -> pl.DataFrame:
        """Financial years by cell and measure."""
        rows = self.done.ahead.years.filter(
            (pl.col("year") >= self.year - YEARS_IN_TABLE) & within(self.levels)
        )
        parts = [
            without(rows.filter(pl.col("measure").is_in(measures)), hidden, FIGURES)
            for measures, hidden in (
                (BY_SUPPORT, by_year(self.support)),
                (BY_STARTS, self.flows),
                (("requests",), self.asked),
            )
        ]
        return pl.concat(parts)

    def record(self) -> pl.DataFrame:
        """Last year's forecast beside what came."""
        rows = self.done.record.filter(within(self.levels))
        return without(rows, self.support, RECORDED)

    def values(self) -> dict[str, Any]:
        """What the page needs besides tables."""
        return {
            "data_to": self.data_to.isoformat(),
            "first": self.first.isoformat(),
            "levels": ["-".join(level) for level in self.levels],
            "provisional": [month.isoformat() for month in self.done.known.provisional],
            "hidden": [self.support.primary, self.support.secondary],
        }

    def _counts_by_month(self, shown: pl.DataFrame) -> dict[date, pl.DataFrame]:
        """Counts as recorded in each month that is shown; ahead those of the last one."""
        counted = self.done.counted
        place = {month: place for place, month in enumerate(counted.months)}
        now = self._cells(counted.supported[..., -1])
        return {
            ds: self._cells(counted.supported[..., place[ds]]) if ds in place else now
            for ds in shown["ds"].unique().sort()
        }

    def _cells(self, counts: Floats) -> pl.DataFrame:
        """Counts as recorded for every choice: whole numbers that add up."""
        choices = Choices.of(self.done.panel.districts)
        with_service = counts.ndim == len(AXES)
        sums = choices.sums(counts) if with_service else choices.sums_without_service(counts)
        labels = choices.labels(sums.shape)
        return pl.DataFrame({**labels, "count": sums.ravel()})

    def _shown_months(self) -> pl.DataFrame:
        """People supported in every month that a page shows, past and expected."""
        rows = self.done.ahead.months.filter(
            (pl.col("measure") == "supported") & (pl.col("ds") >= self.first)
        )
        return rows.select(*AXES, "ds", pl.coalesce("observed", "mean").alias("count"))

    def _shown_years(self, *measures: str) -> pl.DataFrame:
        """Figures of every financial year that a page shows."""
        rows = self.done.ahead.years.filter(
            pl.col("measure").is_in(measures) & (pl.col("year") >= self.year - YEARS_IN_TABLE)
        )
        return rows.select(*AXES, pl.col("mean").alias("count"))

    def _hidden(self, now: pl.DataFrame, shown: pl.DataFrame) -> Hidden:
        """Cells of a measure to hide on the levels that are shown; all where no less is safe."""
        services = now["service"].n_unique() > 1
        chosen = tuple(level for level in self.levels if services or "service" not in level)
        kept, hidden = safest(now, shown, chosen, minimum=self.minimum)
        lost = [level for level in self.levels if level not in kept]
        if not services:
            lost = [level for level in lost if "service" not in level]
        beyond = now.filter(pl.any_horizontal(pl.lit(value=False), *map(at_level, lost)))
        cells = pl.concat([hidden.cells, beyond.select(AXES)]).unique(maintain_order=True)
        return Hidden(cells, hidden.primary, cells.height - hidden.primary)


def _names(areas: pl.DataFrame, districts: tuple[str, ...]) -> dict[str, str]:
    """Name of each district that occurs."""
    pairs = areas.select("district_code", "district_name").unique(
        "district_code", keep="last", maintain_order=True
    )
    known = dict(pairs.iter_rows())
    return {code: known.get(code, "Outside the county or not known") for code in districts}


def _metrics(done: Demand, shown: _Shown) -> dict[str, float]:
    """Figures for the receipt."""
    metrics = {
        "series_modelled": float(done.ahead.series["unique_id"].n_unique()),
        "coherence_gap": done.ahead.coherence_gap,
        "identity_gap": done.ahead.identity_gap,
        "cells_hidden_small": float(shown.support.primary),
        "cells_hidden_telling": float(shown.support.secondary),
        "starts_recorded_last_month": float(done.known.starts[-1]),
        "requests_recorded_last_month": float(done.known.requests[-1]),
    }
    rise = price_rise(done.panel)
    if rise is not None:
        metrics["price_rise"] = rise
    county = done.record.filter(within(()) & (pl.col("measure") == "supported"))
    if county.height:
        county = county.sort("ds").tail(1)
        mean, actual = county["mean"].item(), county["actual"].item()
        metrics["last_forecast_error_share"] = (mean - actual) / actual
    found = verdict(done.record)
    if found is not None:
        metrics |= {
            "forecasts_judged": float(found.judged),
            "forecasts_inside": float(found.inside),
            "naive_inside": float(found.naive_inside),
            "origins_judged": float(found.origins),
            "mase": found.mase,
            "naive_mase": found.naive_mase,
            "chance_of_so_few": found.chance,
        }
    return metrics


def _checks(done: Demand, shown: _Shown) -> list[Check]:
    """Checks of the computation, for the receipt."""
    gap, identity = done.ahead.coherence_gap, done.ahead.identity_gap
    past = _largest_gap(done)
    checks = [
        Check(
            "Districts add up",
            "The county is the sum of its districts and of its services, every month and future",
            f"largest difference {max(gap, past):.6f} people",
            max(gap, past) < TOLERANCE,
        ),
        Check(
            "Stock and flow agree",
            "People supported = last month + starts - ends, in every future",
            f"largest difference {identity:.6f} people",
            identity < TOLERANCE,
        ),
    ]
    checks += _record_checks(done)
    late = min(done.known.starts.min(), done.known.requests.min())
    checks.append(
        Check(
            "Late records",
            f"Months with less than {WHOLE:.0%} recorded are estimated and marked",
            f"least complete month {late:.0%}; {len(done.known.provisional)} marked",
            passed=True,
        )
    )
    hidden = shown.support
    checks.append(
        Check(
            "Small numbers",
            f"No count from 1 to {max(shown.minimum - 1, 1)} is stored, nor one that tells it",
            f"{hidden.primary} hidden as small, {hidden.secondary} as telling",
            passed=True,
        )
    )
    return checks


def _record_checks(done: Demand) -> list[Check]:
    """Earlier forecasts: whether their ranges hold, and whether they beat the seasonal naive."""
    found = verdict(done.record)
    if found is None:
        return []
    share, naive = found.inside / found.judged, found.naive_inside / found.judged
    return [
        Check(
            "Earlier ranges",
            "Of people supported a year ahead by service, group, age and district 8 in 10 lie in "
            f"their range; fails where so few had a chance below {IMPROBABLE:.0%} (binomial, "
            f"{TOGETHER:g} figures of a date counting as one)",
            f"{found.inside} of {found.judged} ({share:.0%}) from {found.origins} dates, chance "
            f"{found.chance:.1%}; seasonal naive {naive:.0%}",
            found.holds,
        ),
        Check(
            "Earlier errors",
            "Mean absolute scaled error (MASE) of the year ahead is below that of the seasonal "
            "naive, the same month a year before",
            f"{found.mase:.2f} against {found.naive_mase:.2f}",
            found.mase < found.naive_mase,
        ),
    ]


def _largest_gap(done: Demand) -> float:
    """Largest difference between the county and the sum of its districts, past and ahead."""
    rows = done.ahead.months.filter(
        (pl.col("measure") == "supported") & (pl.col("service") == "all") & (pl.col("who") == "all")
    ).select("ds", "district", pl.coalesce("observed", "mean").alias("count"))
    whole = rows.filter(pl.col("district") == "all").select("ds", pl.col("count").alias("whole"))
    parts = rows.filter(pl.col("district") != "all").group_by("ds").agg(pl.col("count").sum())
    both = parts.join(whole, on="ds")
    return float((both["count"] - both["whole"]).abs().max() or 0.0)  # type: ignore[arg-type]
