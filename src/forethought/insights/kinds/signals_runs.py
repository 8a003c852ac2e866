"""The run of a watch: series, alarms, causes, charts, places."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from forethought.insights.base import Check, Result, RunContext
from forethought.insights.kinds.signals import SignalsSpec
from forethought.insights.kinds.signals_places import places
from forethought.insights.kinds.signals_series import Watchlist, watchlist
from forethought.plan.watch.digest import Digest, digest
from forethought.plan.watch.signalling import signals
from forethought.plan.watch.signals_result import Signals

if TYPE_CHECKING:
    from forethought.insights.base import Frames


def compute_signals(frames: Frames, spec: SignalsSpec, context: RunContext) -> Result:
    """Count, watch, tell the same cause once, search for places."""
    settings = spec.settings
    listed = watchlist(frames, settings, context)
    measures = {each.id: each for each in settings.measures}
    desired = {each.key: measures[each.measure].desired for each in listed.series}
    target = {
        each.key: goal
        for each in listed.series
        if not each.axis and (goal := measures[each.measure].target) is not None
    }
    found = signals(
        listed.frame,
        settings.rules,
        settings.fdr,
        context.seed,
        desired=desired,
        target=target or None,
        rebase=_rebased(listed, spec),
        drivers=_drivers(listed, spec),
    )
    told = digest(found, {each.id: each.owner for each in settings.measures}, within=listed.within)
    clusters, members, searched = places(frames, settings, context)
    shown = pl.col("ds") >= listed.months[-settings.months_shown]
    tables = {
        "signals": _rows(told, listed),
        "alarms": found.frame,
        "series": _series(found, listed),
        "charts": found.charts.filter(shown),
        "clusters": clusters,
        "places": members,
    }
    return Result(
        tables=tables,
        values={
            "data_to": listed.months[-1].isoformat(),
            "watched": len(listed.series),
            "merged": {name: list(parts) for name, parts in listed.merged.items()},
            "headline": found.headline(),
            "expected_false": found.expected_false,
            **searched,
        },
        metrics={
            "series_watched": float(len(listed.series)),
            "series_with_an_alarm": float(len(found.signals)),
            "expected_false_alarms": float(found.expected_false),
            "clusters": float(clusters.height),
        },
        checks=_checks(found, listed, context),
    )


def _rebased(listed: Watchlist, spec: SignalsSpec) -> dict[str, list[date]] | None:
    """First months of new stretches, by series: those that lie within the watched months."""
    found: dict[str, list[date]] = {}
    for measure in spec.settings.measures:
        days = [date.fromisoformat(f"{month}-01") for month in measure.rebase]
        inside = [day for day in days if listed.months[0] < day <= listed.months[-1]]
        if inside:
            found |= {each.key: inside for each in listed.series if each.measure == measure.id}
    return found or None


def _drivers(listed: Watchlist, spec: SignalsSpec) -> dict[str, tuple[str, ...]]:
    """Series that may explain a series: those of its measure's drivers, of the same part first."""
    named = {each.id: each.drivers for each in spec.settings.measures}
    known = {each.key for each in listed.series}
    found: dict[str, tuple[str, ...]] = {}
    for each in listed.series:
        keys = []
        for driver in named[each.measure]:
            same = f"{driver}/{each.axis}/{each.part}" if each.axis else driver
            keys += [key for key in (same, driver) if key in known and key != each.key]
        if keys:
            found[each.key] = tuple(dict.fromkeys(keys))
    return found


def _rows(told: Digest, listed: Watchlist) -> pl.DataFrame:
    """One row a signal, the causes' leads first."""
    names = {each.key: each for each in listed.series}
    rows: list[dict[str, Any]] = []
    for number, cause in enumerate(told.causes, start=1):
        for each in (cause.lead, *cause.others):
            series = names[each.unique_id]
            rows.append(
                {
                    "cause": number, "lead": each is cause.lead, "unique_id": each.unique_id,
                    "name": series.name, "measure": series.measure, "axis": series.axis,
                    "part": series.part, "owner": cause.owner, "since": each.since,
                    "latest": each.latest, "direction": each.direction, "meaning": each.meaning,
                    "shape": each.shape, "size": each.size, "size_low": each.size_low,
                    "size_high": each.size_high, "usual": each.usual, "p": each.p, "q": each.q,
                    "sure": each.sure, "rules": list(each.rules),
                    "drivers": [names[key].name for key in each.drivers if key in names],
                    "action": each.action,
                }
            )  # fmt: skip
    schema: dict[str, Any] = {
        "cause": pl.Int64, "lead": pl.Boolean, "unique_id": pl.String, "name": pl.String,
        "measure": pl.String, "axis": pl.String, "part": pl.String, "owner": pl.String,
        "since": pl.Date, "latest": pl.Date, "direction": pl.String, "meaning": pl.String,
        "shape": pl.String, "size": pl.Float64, "size_low": pl.Float64, "size_high": pl.Float64,
        "usual": pl.Float64, "p": pl.Float64, "q": pl.Float64, "sure": pl.String,
        "rules": pl.List(pl.String), "drivers": pl.List(pl.String), "action": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _series(found: Signals, listed: Watchlist) -> pl.DataFrame:
    """Every series with its last value, limits and icons."""
    last = found.charts.group_by("unique_id", maintain_order=True).last()
    names = pl.DataFrame(
        {
            "unique_id": [each.key for each in listed.series],
            "name": [each.name for each in listed.series],
            "measure": [each.measure for each in listed.series],
            "axis": [each.axis for each in listed.series],
            "part": [each.part for each in listed.series],
        }
    )
    return names.join(
        last.select("unique_id", "y", "expected", "on", "mean", "lower", "upper", "trial"),
        on="unique_id", how="left", maintain_order="left",
    ).join(
        found.icons.select("unique_id", "variation", "assurance"),
        on="unique_id", how="left", maintain_order="left",
    )  # fmt: skip


def _checks(found: Signals, listed: Watchlist, context: RunContext) -> list[Check]:
    smallest = min(float(each.counts.min()) for each in listed.series if each.axis) if any(
        each.axis for each in listed.series
    ) else float(listed.series[0].counts.min())  # fmt: skip
    merged = sum(len(parts) for parts in listed.merged.values())
    return [
        Check(
            "Few false alarms",
            f"At most {found.fdr:.0%} of the alarmed series are expected to be false",
            f"{len(found.signals)} of {len(listed.series)} series raised; at most "
            f"{found.expected_false:.2f} expected to be false",
            found.expected_false <= found.fdr * max(len(found.signals), 1),
        ),
        Check(
            "Small numbers",
            f"No part with a month below {context.minimum_count} is watched or shown",
            f"{merged} parts put together; smallest month of a part {smallest:.0f}",
            smallest >= context.minimum_count or not any(e.axis for e in listed.series),
        ),
    ]
