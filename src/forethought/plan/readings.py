"""A break that may last or pass: forecast under either reading, until the data decide.

A court or a law changes a rule on a known date, and for months nobody knows whether demand has
moved for good. Both futures are forecast: in the one that *stays* the history before the break is
moved to the level after it, in the one that *goes* what came since is set aside. What came since
is also held against the forecast that would have been made on the eve of the break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError
from forethought.plan.forecast_result import Forecast
from forethought.plan.series import Panel, history_of
from forethought.plan.shocks import READINGS, Shock, first_day

Floats = NDArray[np.float64]

CLEAR = 0.01  # chance below which what came is not what the eve of the break foresaw
LONG = 12  # periods after which a level that did not move is said to have stayed where it was
PLAUSIBLE = 0.1
EVE_PATHS = 500

Make = Callable[[pl.DataFrame, int, Sequence[Shock], int], Forecast]


@dataclass(frozen=True)
class _Since:
    """What came after a break in one series."""

    unique_id: str
    periods: int
    ratio: float | None
    p_value: float | None


def open_break(shocks: Sequence[Shock]) -> Shock | None:
    """The one shock that is to be forecast under its readings, or None.

    Raises:
        UsageError: There are several: their combinations would be hard to tell apart.
    """
    several = [shock for shock in shocks if shock.readings]
    if len(several) > 1:
        raise UsageError(
            f"{len(several)} shocks have readings, one can be open at a time.",
            where="shocks",
            problems=[Problem("has readings.", f"shock {shock.name}") for shock in several],
            remedy="Take the readings of the others away: what they say is then decided.",
        )
    return several[0] if several else None


def under_readings(
    panel: Panel, shocks: Sequence[Shock], shock: Shock, h: int, paths: int, make: Make
) -> Forecast:
    """The forecast under the first reading, with those under all of them.

    Args:
        panel: Checked histories.
        shocks: All shocks.
        shock: The open one.
        h: Horizon.
        paths: Joint paths to draw.
        make: Forecasts a history, for a horizon, without some shocks, with some paths.
    """
    history = history_of(panel).join(panel.key_values, on="unique_id", how="left")
    decided = [one for one in shocks if one is not shock]
    last = max(series.last for series in panel.series)
    answers = {
        reading: _under(reading, history, decided, shock, h, paths, make, last)
        for reading in shock.readings
    }
    evidence = evidence_of(history, decided, shock, make)
    first = answers[shock.readings[0]]
    told = f"; {shock.name} under the reading that it {shock.readings[0]}"
    report = first.report.with_columns(reason=pl.col("reason") + told)
    return replace(first, report=report, readings=answers, evidence=evidence)


def _under(
    reading: str,
    history: pl.DataFrame,
    decided: Sequence[Shock],
    shock: Shock,
    h: int,
    paths: int,
    make: Make,
    last: date,
) -> Forecast:
    begun = not _after(history, shock).is_empty()
    if reading == "goes":
        passing = replace(shock, shape="pulse", end=last, readings=(), expected=None)
        return make(history, h, [*decided, passing] if begun else decided, paths)
    if shock.expected is None:
        return make(history, h, [*decided, replace(shock, readings=())], paths)
    # A level that is still to come, or just beginning, is foreseen from its eve and moved as told.
    passing = replace(shock, shape="pulse", end=last, readings=(), expected=None)
    before = make(history, h, [*decided, passing] if begun else decided, paths)
    return _moved(before, shock, shock.expected)


def _moved(forecast: Forecast, shock: Shock, ratio: float) -> Forecast:
    """The forecast times the expected ratio from the first day of the break."""
    touched = pl.col("ds").cast(pl.Date) >= first_day(shock)
    values = [name for name in forecast.frame.columns if name in {"mean", "median"}]
    values += [name for name in forecast.frame.columns if name.startswith(("lo-", "hi-"))]
    factor = pl.when(touched).then(ratio).otherwise(1.0)
    return replace(
        forecast,
        frame=forecast.frame.with_columns(pl.col(name) * factor for name in values),
        paths=forecast.paths.with_columns(pl.col("y") * factor),
    )


def _after(history: pl.DataFrame, shock: Shock) -> pl.DataFrame:
    return history.filter(pl.col("ds").cast(pl.Date) >= first_day(shock))


def evidence_of(
    history: pl.DataFrame, decided: Sequence[Shock], shock: Shock, make: Make
) -> pl.DataFrame:
    """What came since the break, beside what was foreseen on its eve.

    Returns:
        One row a series: `unique_id`, `periods` since, `ratio` of what came to what was foreseen,
        `p_value` (of a mean so far from it, two-sided, by joint paths from the eve), and `favours`:
        `stays`, `goes` or `undecided`.
    """
    schema: dict[str, pl.DataType] = {
        "unique_id": pl.String(), "periods": pl.Int64(), "ratio": pl.Float64(),
        "p_value": pl.Float64(), "favours": pl.String(),
    }  # fmt: skip
    after = _after(history, shock)
    eve = history.join(after.select("unique_id", "ds"), on=["unique_id", "ds"], how="anti")
    lengths = after.group_by("unique_id").len()
    enough = eve.group_by("unique_id").len().filter(pl.col("len") > 1)["unique_id"]
    names = history["unique_id"].unique(maintain_order=True).to_list()
    foreseen: Mapping[str, Floats] = {}
    if not after.is_empty() and enough.len():
        most = int(lengths["len"].max())  # type: ignore[arg-type]
        before = make(eve.filter(pl.col("unique_id").is_in(enough)), most, decided, EVE_PATHS)
        foreseen = {
            str(key[0]): part.sort("path", "ds")["y"].to_numpy().reshape(EVE_PATHS, most)
            for key, part in before.paths.partition_by("unique_id", as_dict=True).items()
        }
    rows = []
    for name in names:
        came = after.filter(pl.col("unique_id") == name).sort("ds")["y"].to_numpy()
        one = _since(name, came, foreseen.get(name))
        rows.append((name, one.periods, one.ratio, one.p_value, _favours(one)))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _since(name: str, came: Floats, foreseen: Floats | None) -> _Since:
    if came.size == 0 or foreseen is None:
        return _Since(name, int(came.size), None, None)
    means = foreseen[:, : came.size].mean(axis=1)
    middle = float(np.median(means))
    below = (1 + int((means <= came.mean()).sum())) / (means.size + 1)
    above = (1 + int((means >= came.mean()).sum())) / (means.size + 1)
    ratio = float(came.mean()) / middle if middle else None
    return _Since(name, int(came.size), ratio, float(min(1.0, 2 * min(below, above))))


def _favours(one: _Since) -> str:
    if one.p_value is None:
        return "undecided"
    if one.p_value <= CLEAR:
        return "stays"
    return "goes" if one.periods >= LONG and one.p_value > PLAUSIBLE else "undecided"


__all__ = ["READINGS", "evidence_of", "open_break", "under_readings"]
