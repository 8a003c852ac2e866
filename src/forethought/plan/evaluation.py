"""`evaluate`: forecasts made at earlier dates beside what came, and beside single models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, Problem, UsageError, did_you_mean
from forethought.plan.accuracy import scored, summarised
from forethought.plan.drivers import checked_beside, driver_problems, named_drivers
from forethought.plan.forecast_result import interval_columns
from forethought.plan.forecasting import Effort, checked_settings, forecast
from forethought.plan.peers import PEERS, PeerTask, peer_forecast
from forethought.plan.preparation import Settings, processes, usual_change
from forethought.plan.series import Panel, Series, history_of
from forethought.plan.shocks import Shock
from forethought.stats.blocks import run_blocks

Floats = NDArray[np.float64]

OURS = "forethought"
FEWEST = 4  # periods that a history must keep before its first origin


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good forecasts would have been, on the same origins for all models.

    Args:
        frame: One row a model: `model`, `forecasts` (how many), `mase`, `smape` (per cent), `wis`
            (over the scale of MASE), `bias` (forecast - actual, same scale), `coverage-L` (0-1).
        by_series: The same by `model` and `unique_id`.
        by_horizon: The same by `model` and `horizon` (periods ahead, from 1).
        by_group: The same by `model`, the key columns that were asked for, and `horizon`; a row
            whose `horizon` is null is over all of them. Empty where no column was asked for.
        forecasts: Every forecast: `model`, `unique_id`, `cutoff` (last period known), `ds`,
            `horizon`, `y`, `median`, `lo-L`, `hi-L`, and its scores.
        level: Prediction intervals, per cent.
    """

    frame: pl.DataFrame
    by_series: pl.DataFrame
    by_horizon: pl.DataFrame
    by_group: pl.DataFrame
    forecasts: pl.DataFrame
    level: tuple[float, ...]

    def headline(self) -> str:
        """One sentence: our error beside the best peer, and what the widest interval covered."""
        ours = self.frame.row(by_predicate=pl.col("model") == OURS, named=True)
        peers = self.frame.filter(pl.col("model") != OURS).sort("mase", "model")
        widest = max(self.level)
        words = (
            f"Over {ours['forecasts']:,} forecasts, mean absolute scaled error {ours['mase']:.2f}, "
            f"and {ours[f'coverage-{widest:g}']:.0%} of what came lay inside {widest:g}% intervals"
        )
        if peers.is_empty():
            return f"{words}."
        best = peers.row(0, named=True)
        return f"{words}; the best single model, {best['model']}, had {best['mase']:.2f}."

    def _repr_html_(self) -> str:
        """The sentence and the table of models."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)


def evaluate(  # noqa: PLR0913  the public surface
    frame: Any,
    *,
    h: int = 24,
    freq: str = "1mo",
    season_length: int | Sequence[int] | None = None,
    windows: int = 3,
    step: int | None = None,
    peers: Sequence[str] = ("AutoETS", "SeasonalNaive"),
    level: Sequence[float] = (50, 80, 95),
    effort: Effort = "standard",
    shocks: Sequence[Shock] = (),
    seed: int = 0,
    n_jobs: int | None = None,
    nonnegative: bool | None = None,
    by: Sequence[str] = (),
    drivers: Sequence[str] | str = (),
) -> Evaluation:
    """How good would these forecasts have been in the past?

    At each of some earlier dates everything after it is hidden, `forecast` is made from what is
    left, and is held against what came. Peers are single models with their own intervals, at the
    same dates.

    Args:
        frame: As for `forecast`.
        h: Periods ahead.
        freq: Distance of two periods.
        season_length: None detects, a number is obeyed.
        windows: Origins, counted back from the last that still sees `h` periods.
        step: Periods between origins; None takes `h`, so that windows do not overlap.
        peers: Of `AutoETS`, `AutoCES`, `DynamicOptimizedTheta`, `SeasonalNaive`.
        level: Prediction intervals, per cent.
        effort: As for `forecast`.
        shocks: As for `forecast`; the peers are not told of them.
        seed: Same seed, same answer.
        n_jobs: Processes.
        nonnegative: As for `forecast`.
        by: Key columns of the frame, fixed by the series, such as the service or the district:
            bias and coverage are then told for each of their groups too.
        drivers: As for `forecast`; what they were in the hidden part counts as known. The peers
            are not told of them.

    Raises:
        UsageError: Arguments that cannot be used, all at once.
        DataError: Histories that cannot be used, or none is long enough for any window.
    """
    names = named_drivers(drivers)
    settings = checked_settings(
        driver_problems(names, frame if names else None, frame, None, shocks),
        h=h, season_length=season_length, level=level, effort=effort, paths=0, seed=seed,
        nonnegative=nonnegative, integer=False, shocks=shocks, freq=freq, n_jobs=n_jobs,
    )  # fmt: skip
    _checked_windows(windows, step, peers)
    panel, beside = checked_beside(frame, freq, names)
    keys = _checked_keys(by, panel)
    history = history_of(panel)
    if beside is not None:
        history = history.join(beside, on=["unique_id", "ds"], how="left", maintain_order="left")
    parts = []
    for window in range(windows):
        hidden = h + window * (step or h)
        known = [series for series in panel.series if series.y.size - hidden >= FEWEST]
        if known:
            parts.append(_window(history, known, hidden, settings, peers))
    return _evaluated(parts, settings, panel.key_values.select("unique_id", *keys))


def _checked_keys(by: Sequence[str], panel: Panel) -> tuple[str, ...]:
    keys = (by,) if isinstance(by, str) else tuple(by)
    unknown = [key for key in keys if key not in panel.keys]
    if unknown:
        raise UsageError(
            "Groups need columns that each series has one value of.",
            where="by",
            problems=[Problem(f"{key}.", remedy=did_you_mean(key, panel.keys)) for key in unknown],
        )
    return keys


def _evaluated(
    parts: Sequence[pl.DataFrame], settings: Settings, groups: pl.DataFrame
) -> Evaluation:
    if not parts:
        raise DataError(
            f"No history is long enough to hide {settings.h} periods and keep {FEWEST}.",
            where="frame",
            remedy="Give a smaller h, or longer histories.",
        )
    forecasts = scored(pl.concat(parts), settings.level)
    return Evaluation(
        frame=summarised(forecasts, ["model"], settings.level),
        by_series=summarised(forecasts, ["model", "unique_id"], settings.level),
        by_horizon=summarised(forecasts, ["model", "horizon"], settings.level),
        by_group=_by_group(forecasts, groups, settings),
        forecasts=forecasts,
        level=settings.level,
    )


def _by_group(forecasts: pl.DataFrame, groups: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Scores by the keys of `groups`, over all horizons and at each."""
    keys = groups.columns[1:]
    if not keys:
        return pl.DataFrame()
    keyed = forecasts.join(groups, on="unique_id", how="left", maintain_order="left")
    each = summarised(keyed, ["model", *keys, "horizon"], settings.level)
    whole = summarised(keyed, ["model", *keys], settings.level).with_columns(
        horizon=pl.lit(None, dtype=each.schema["horizon"])
    )
    return pl.concat([whole.select(each.columns), each])


def _checked_windows(windows: int, step: int | None, peers: Sequence[str]) -> None:
    problems = [
        Problem(f"{peer} is no peer.", "peers", did_you_mean(peer, PEERS))
        for peer in peers
        if peer not in PEERS
    ]
    if windows < 1:
        problems.append(Problem(f"{windows} windows are none.", "windows", "Give a number from 1."))
    if step is not None and step < 1:
        problems.append(Problem(f"{step} is no step.", "step", "Give periods, from 1."))
    if problems:
        raise UsageError("The arguments cannot be used.", problems=problems)


def _window(
    history: pl.DataFrame,
    known: Sequence[Series],
    hidden: int,
    settings: Settings,
    peers: Sequence[str],
) -> pl.DataFrame:
    """Forecasts of all models from one origin, with what came."""
    names = [series.unique_id for series in known]
    whole = history.filter(pl.col("unique_id").is_in(names)).with_columns(
        back=pl.len().over("unique_id") - pl.int_range(pl.len()).over("unique_id")
    )
    train = whole.filter(pl.col("back") > hidden).drop("back")
    came = (
        whole.filter(pl.col("back") <= hidden)
        .group_by("unique_id", maintain_order=True)
        .head(settings.h)
        .with_columns(horizon=pl.int_range(1, pl.len() + 1).over("unique_id"))
        .drop("back")
    )
    drivers = history.columns[3:]
    future = came.select("unique_id", "ds", *drivers) if drivers else None
    ours = forecast(
        train, settings.h, settings.freq, settings.season_length, settings.level, settings.effort,  # type: ignore[arg-type]
        shocks=settings.shocks, seed=settings.seed, n_jobs=settings.n_jobs,
        nonnegative=settings.nonnegative, drivers=drivers, future=future,
    ).frame.with_columns(model=pl.lit(OURS))  # fmt: skip
    columns = ["median", *(name for name, _ in interval_columns(settings.level))]
    keep = ["model", "unique_id", "ds", *columns]
    every = pl.concat([ours.select(keep), *_of_peers(train, came, settings, peers, keep)])
    scales = train.group_by("unique_id", maintain_order=True).agg(
        pl.col("y")
        .map_batches(
            lambda y: pl.Series([usual_change(y.to_numpy(), settings.season)]),
            return_dtype=pl.Float64,
            returns_scalar=True,
        )
        .alias("scale"),
        pl.col("ds").last().alias("cutoff"),
    )
    return (
        every.join(came, on=["unique_id", "ds"], how="inner", maintain_order="left")
        .join(scales, on="unique_id", how="left", maintain_order="left")
        .select("model", "unique_id", "cutoff", "ds", "horizon", "y", "scale", *columns)
    )


def _of_peers(
    train: pl.DataFrame,
    came: pl.DataFrame,
    settings: Settings,
    peers: Sequence[str],
    columns: Sequence[str],
) -> list[pl.DataFrame]:
    histories = {
        key[0]: part["y"].to_numpy()
        for key, part in train.partition_by("unique_id", as_dict=True, maintain_order=True).items()
    }
    tasks = [
        PeerTask(peer, y, settings.season, settings.h, settings.level)
        for peer in peers
        for y in histories.values()
    ]
    answers = iter(run_blocks(peer_forecast, tasks, n_jobs=processes(len(tasks), settings.n_jobs)))
    ahead = came.partition_by("unique_id", as_dict=True, maintain_order=True)
    frames = []
    for peer in peers:
        for name in histories:
            answer = next(answers)
            if answer is None:
                continue
            table = pl.DataFrame(answer, schema=list(columns[3:]), orient="col")
            ds = ahead[name,]["ds"]
            frames.append(
                table.with_columns(ds=ds, model=pl.lit(peer), unique_id=pl.lit(name)).select(
                    columns
                )
            )
    return frames
