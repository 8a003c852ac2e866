"""XmR charts of any number of series, with the icons for variation and assurance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.plan.series import Panel, checked_series
from forethought.plan.watch.periods import Periods
from forethought.plan.watch.special_causes import CAUSES, HIGH, TRIAL, limits, special_causes

Floats = NDArray[np.float64]
Desired = Literal["up", "down", "neutral"]
DESIRED: tuple[Desired, ...] = ("up", "down", "neutral")
Starts = Mapping[str, Sequence[Any]] | Sequence[Any] | None


@dataclass(frozen=True, eq=False)
class Xmr:
    """XmR charts.

    Args:
        frame: A row a point: `unique_id`, `ds`, `y`, `group` (stretch between rebasings, from 0),
            `mean`, `lower`, `upper`, `near_lower`, `near_upper`, `cause` (one of `CAUSES`),
            `mark` (`common`, `improvement`, `concern`, `high`, `low`), `trial` (fewer than 12
            points make the limits).
        icons: A row a series: `unique_id`, `variation` (`common_cause`, `improvement_high`,
            `improvement_low`, `concern_high`, `concern_low`, `neutral_high`, `neutral_low`),
            `assurance` (`pass`, `fail`, `inconsistent`; null without a target or direction).
    """

    frame: pl.DataFrame
    icons: pl.DataFrame

    def headline(self) -> str:
        """One sentence on the last points."""
        off = self.icons.filter(pl.col("variation") != "common_cause").height
        return f"{off:,} of {self.icons.height:,} series end with a special cause."

    def _repr_html_(self) -> str:
        """The sentence and the first points."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)


def xmr(
    frame: Any,
    *,
    freq: str = "1mo",
    desired: Mapping[str, Desired] | Desired = "neutral",
    target: Mapping[str, float] | float | None = None,
    screen: bool = True,
    fix_after: int | None = None,
    rebase: Starts = None,
) -> Xmr:
    """Charts of single values with their moving ranges, as in NHS Making Data Count.

    Args:
        frame: Long frame `unique_id`, `ds`, `y`.
        freq: Distance of two periods.
        desired: Where a measure should go: `up`, `down` or `neutral`; one for all or by series.
        target: What it should reach; one for all or by series.
        screen: Whether moving ranges of 3.267 times their mean and more are left out of the
            limits, as R's package does; the NHS spreadsheet does not.
        fix_after: Points of each stretch that make its limits; None: all of them.
        rebase: First periods of new stretches, for all series or by series.

    Raises:
        UsageError: Settings that cannot be used.
        DataError: Gaps, duplicates and values that are missing, all at once.
    """
    if fix_after is not None and fix_after < 2:  # noqa: PLR2004  one moving range
        raise UsageError(f"{fix_after} points make no limits.", where="fix_after",
                         remedy=f"Give {TRIAL} or more.")  # fmt: skip
    panel = checked_series(frame, freq, at_least=1)
    values = {series.unique_id: series.y for series in panel.series}
    periods = Periods(panel)
    stretches = stretches_of(panel, rebase, periods)
    return charts(panel, values, stretches, periods, desired=desired, target=target, screen=screen,
                  fix_after=fix_after)  # fmt: skip


def stretches_of(panel: Panel, rebase: Starts, periods: Periods) -> dict[str, tuple[int, ...]]:
    """First positions of the stretches of each series; the first is 0."""
    found = {}
    for series in panel.series:
        named = rebase.get(series.unique_id, ()) if isinstance(rebase, Mapping) else rebase or ()
        starts = [0]
        if named:
            ds = periods.of(series)
            starts += [int((ds < start).sum()) for start in named]
        found[series.unique_id] = tuple(
            sorted({start for start in starts if 0 <= start < series.y.size})
        )
    return found


def charts(
    panel: Panel,
    values: Mapping[str, Floats],
    stretches: Mapping[str, tuple[int, ...]],
    periods: Periods,
    *,
    desired: Mapping[str, Desired] | Desired,
    target: Mapping[str, float] | float | None,
    screen: bool,
    fix_after: int | None,
) -> Xmr:
    """Charts of values that belong to the series of a panel (themselves, or their residuals)."""
    names = [series.unique_id for series in panel.series]
    parts = _by_length(values, stretches, names)
    columns: dict[str, list[Floats]] = defaultdict(list)
    first = dict(zip(names, np.cumsum([0, *(values[name].size for name in names)]), strict=False))
    for length, pieces in parts.items():
        block = np.stack([values[name][start : start + length] for name, start, _ in pieces])
        drawn = limits(block, screen=screen, fix_after=fix_after)
        rows = np.array([first[name] + start for name, start, _ in pieces])[:, None]
        made = {
            "row": rows + np.arange(length), "value": block,
            "group": np.array([group for *_, group in pieces], dtype=np.float64)[:, None],
            "mean": drawn.mean[:, None], "lower": drawn.lower[:, None],
            "upper": drawn.upper[:, None], "near_lower": drawn.near_lower[:, None],
            "near_upper": drawn.near_upper[:, None], "cause": special_causes(block, drawn),
            "size": np.full((len(pieces), 1), min(length, fix_after or length)),
        }  # fmt: skip
        for name, column in made.items():
            columns[name].append(np.broadcast_to(column, block.shape).ravel())
    joined = {name: np.concatenate(column) for name, column in columns.items()}
    rows = joined.pop("row")
    order = np.argsort(rows, kind="stable")
    told = pl.DataFrame({name: column[order] for name, column in joined.items()})
    keys = periods.keys()[rows[order].astype(np.int64)]
    return _named(pl.concat([keys, told], how="horizontal"), names, desired, target)


def _by_length(
    values: Mapping[str, Floats], stretches: Mapping[str, tuple[int, ...]], names: Sequence[str]
) -> dict[int, list[tuple[str, int, int]]]:
    """Stretches (series, start, number) by their length."""
    parts: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for name in names:
        starts = stretches[name]
        for group, start in enumerate(starts):
            end = starts[group + 1] if group + 1 < len(starts) else values[name].size
            parts[end - start].append((name, start, group))
    return parts


def _named(
    told: pl.DataFrame,
    names: Sequence[str],
    desired: Mapping[str, Desired] | Desired,
    target: Mapping[str, float] | float | None,
) -> Xmr:
    wanted = wanted_of(desired, names)
    targets = target if isinstance(target, Mapping) else dict.fromkeys(names, target)
    settings = pl.DataFrame(
        {
            "unique_id": names,
            "desired": [wanted[name] for name in names],
            "target": [targets.get(name) for name in names],
        },
        schema_overrides={"target": pl.Float64},
    )
    cause = pl.col("cause").cast(pl.Int64)
    high = cause.is_in(HIGH)
    mark = (
        pl.when(cause == 0)
        .then(pl.lit("common"))
        .when(pl.col("desired") == "neutral")
        .then(pl.when(high).then(pl.lit("high")).otherwise(pl.lit("low")))
        .when((pl.col("desired") == "up") == high)
        .then(pl.lit("improvement"))
        .otherwise(pl.lit("concern"))
    )
    frame = told.join(settings, on="unique_id", how="left", maintain_order="left").with_columns(
        mark=mark, trial=pl.col("size") < TRIAL, group=pl.col("group").cast(pl.Int64), high=high
    )
    last = frame.group_by("unique_id", maintain_order=True).last()
    end = pl.when("high").then(pl.lit("_high")).otherwise(pl.lit("_low"))
    kind = pl.when(pl.col("mark").is_in(["high", "low"])).then(pl.lit("neutral")).otherwise("mark")
    beyond = (
        pl.when(pl.col("target") > pl.col("upper"))
        .then(pl.lit("fail"))
        .when(pl.col("target") < pl.col("lower"))
        .then(pl.lit("pass"))
        .otherwise(pl.lit("inconsistent"))
    )
    turned = beyond.replace({"fail": "pass", "pass": "fail"})
    icons = last.select(
        "unique_id",
        variation=pl.when(pl.col("mark") == "common").then(pl.lit("common_cause")).otherwise(
            kind + end
        ),
        assurance=pl.when(pl.col("target").is_null() | (pl.col("desired") == "neutral"))
        .then(None)
        .when(pl.col("desired") == "up")
        .then(beyond)
        .otherwise(turned),
    )  # fmt: skip
    return Xmr(
        frame.select(
            "unique_id", "ds", pl.col("value").alias("y"), "group", "mean", "lower", "upper",
            "near_lower", "near_upper",
            cause.replace_strict(dict(enumerate(CAUSES)), return_dtype=pl.String).alias("cause"),
            "mark", "trial",
        ),
        icons,
    )  # fmt: skip


def wanted_of(desired: Mapping[str, Desired] | Desired, names: Sequence[str]) -> dict[str, Desired]:
    """Where each series should go; `neutral` where nothing is said.

    Raises:
        UsageError: A direction that does not exist.
    """
    wanted: dict[str, Desired] = (
        {name: desired.get(name, "neutral") for name in names}
        if isinstance(desired, Mapping)
        else dict.fromkeys(names, desired)
    )
    strange = sorted({str(each) for each in wanted.values() if each not in DESIRED})
    if strange:
        raise UsageError(
            f'"{strange[0]}" is no direction.',
            where="desired",
            remedy="Give up, down or neutral.",
        )
    return wanted
