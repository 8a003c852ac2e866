"""Forecasts with drivers: planted ones and noise, beside AutoARIMA with regressors.

Monthly histories of six years, a year ahead, with a level that walks, a wave, noise, and a driver
that wanders, jumps or is noise itself. In `shared` a unit of it moves every series by 5%, in `own`
each by a coefficient of its own, in `noise` none. MASE, 95% coverage and width (over the scale of
MASE), CPU seconds; fast, standard and the peer without it too. `--quick` takes 6 series a set.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from common import print_result, timed
from numpy.typing import NDArray

from forethought.plan import Forecast, forecast
from forethought.plan.members import quiet
from forethought.plan.preparation import usual_change

Floats = NDArray[np.float64]

SERIES, QUICK, MONTHS, H = 18, 6, 72, 12
SETS = ("shared", "own", "noise")
EFFORTS = ("fast", "standard", "thorough")
WITHOUT = ("fast", "standard")  # are made without the driver too


@dataclass(frozen=True)
class Panel:
    """Histories with a driver.

    Args:
        y: Shape (S, n + h).
        x: The driver, same shape.
        truth: Coefficient of each series, in logarithms of y, shape (S,).
    """

    y: Floats
    x: Floats
    truth: Floats

    def frame(self, *, ahead: bool, columns: Sequence[str]) -> pl.DataFrame:
        """A long frame of the history, or of what is ahead of it."""
        months = pl.date_range(date(2015, 1, 1), date(2021, 12, 1), "1mo", eager=True)
        part = slice(MONTHS, None) if ahead else slice(0, MONTHS)
        return pl.concat(
            pl.DataFrame({"ds": months[part], "y": y[part], "x": x[part]}).select(
                pl.lit(f"{k:02d}").alias("unique_id"), *columns
            )
            for k, (y, x) in enumerate(zip(self.y, self.x, strict=True))
        )

    def scale(self) -> Floats:
        """Mean absolute change from a year before, in the history, shape (S, 1)."""
        return np.array([[usual_change(y[:MONTHS], 12)] for y in self.y])


def invented(kind: str, count: int) -> Panel:
    """One set; the same noise and drivers in all three."""
    rng = np.random.default_rng(20)
    t = np.arange(MONTHS + H)
    ys, xs, truth = [], [], []
    for k in range(count):
        wander, noise = np.cumsum(rng.normal(0, 0.5, t.size)), rng.normal(0, 1, t.size)
        jump = 2.0 * (t > rng.integers(20, 60)) + rng.normal(0, 0.4, t.size)
        x = (wander, noise, jump)[k % 3]
        walk = np.cumsum(rng.normal(0, 0.015, t.size)) + rng.normal(0, 0.03, t.size)
        wave = 0.1 * np.sin(2 * np.pi * (t + rng.integers(12)) / 12)
        own = rng.normal(-0.05, 0.05)
        truth.append({"shared": -0.05, "own": own, "noise": 0.0}[kind])
        ys.append(100 * np.exp(walk + wave + truth[-1] * x))
        xs.append(x)
    return Panel(np.array(ys), np.array(xs), np.array(truth))


def scored(panel: Panel, point: Floats, low: Floats, high: Floats, cpu_s: float) -> dict[str, Any]:
    """MASE, coverage and width of the 95% interval, CPU seconds."""
    came = panel.y[:, MONTHS:]
    return {
        "mase": round(float(np.mean(np.abs(came - point) / panel.scale())), 4),
        "coverage_95": round(float(np.mean((came >= low) & (came <= high))), 4),
        "width_95": round(float(np.mean((high - low) / panel.scale())), 3),
        "cpu_s": round(cpu_s, 2),
    }


def ours(panel: Panel, effort: str, *, driven: bool) -> tuple[dict[str, Any], Forecast]:
    """Our forecast of one set."""
    beside: dict[str, Any] = {}
    columns = ["ds", "y"]
    if driven:
        columns = ["ds", "y", "x"]
        future = panel.frame(ahead=True, columns=["ds", "x"])
        beside = {"drivers": ("x",), "future": future}
    history = panel.frame(ahead=False, columns=columns)
    with timed() as cost:
        answer = forecast(history, H, effort=effort, n_jobs=1, **beside)  # type: ignore[arg-type]
    point, low, high = (
        answer.frame[name].to_numpy().reshape(-1, H) for name in ("median", "lo-95", "hi-95")
    )
    return scored(panel, point, low, high, cost.cpu_s), answer


def arima(panel: Panel, *, driven: bool) -> dict[str, Any]:
    """AutoARIMA of statsforecast as it comes, with its own intervals."""
    from statsforecast.models import AutoARIMA

    rows = []
    with timed() as cost, quiet():
        for y, x in zip(panel.y, panel.x[:, :, None], strict=True):
            known, coming = (x[:MONTHS], x[MONTHS:]) if driven else (None, None)
            model = AutoARIMA(season_length=12).fit(y[:MONTHS], X=known)
            found = model.predict(H, X=coming, level=[95])
            rows.append([found["mean"], found["lo-95"], found["hi-95"]])
    point, low, high = np.array(rows).transpose(1, 0, 2)
    return scored(panel, point, low, high, cost.cpu_s)


def recovered(panel: Panel, answer: Forecast) -> dict[str, float]:
    """How far the coefficients are from the truth, and how often within two standard errors."""
    table = pl.DataFrame() if answer.drivers is None else answer.drivers
    away = np.abs(table["coefficient"].to_numpy() - panel.truth)
    error = table["standard_error"].to_numpy()
    return {
        "mean_error_of_coefficients": round(float(away.mean()), 5),
        "within_two_standard_errors": round(float(np.mean(away <= 2 * error)), 3),
    }


def ratios(found: dict[str, Any], peer: dict[str, Any]) -> dict[str, Any]:
    """MASE and CPU seconds over those of the peer with X, and MASE over ours without a driver."""
    table: dict[str, Any] = {}
    for effort in EFFORTS:
        for key in ("mase", "cpu_s"):
            table[f"{key}_{effort}_to_arima_with_x"] = {
                kind: round(found[kind][effort][key] / peer[kind][key], 4) for kind in found
            }
        if effort not in WITHOUT:
            continue
        table[f"mase_{effort}_to_no_driver"] = {
            kind: round(of[effort]["mase"] / of[f"{effort}, no driver"]["mase"], 4)
            for kind, of in found.items()
        }
    return table


def main() -> None:
    """Run the benchmark and print its JSON last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} series a set")
    count = QUICK if parser.parse_args().quick else SERIES
    warm = invented("shared", 2)
    ours(warm, "standard", driven=True)
    arima(Panel(warm.y[:1], warm.x[:1], warm.truth[:1]), driven=True)
    found: dict[str, Any] = {}
    accuracy: dict[str, Any] = {}
    peers: dict[str, Any] = {"AutoARIMA": {}, "AutoARIMA with X": {}}
    for kind in SETS:
        panel = invented(kind, count)
        found[kind] = {}
        for effort in EFFORTS:
            if effort in WITHOUT:
                found[kind][f"{effort}, no driver"], _ = ours(panel, effort, driven=False)
            found[kind][effort], answer = ours(panel, effort, driven=True)
            accuracy.setdefault(kind, {})[effort] = recovered(panel, answer)
        peers["AutoARIMA"][kind] = arima(panel, driven=False)
        peers["AutoARIMA with X"][kind] = arima(panel, driven=True)
    print_result(
        name="forecast-drivers",
        work={"series": count, "months": MONTHS, "h": H, "sets": list(SETS), "jobs": 1},
        packages=("forethought", "statsforecast", "numpy", "scipy"),
        ours=found,
        peers=peers,
        ratio=ratios(found, peers["AutoARIMA with X"]),
        accuracy=accuracy,
    )


if __name__ == "__main__":
    main()
