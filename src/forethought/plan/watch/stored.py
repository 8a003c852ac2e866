"""The residual rule on forecasts that were stored before: what came against what was told.

The rule: one period outside its 95% interval; or three of the last four outside their 80%
interval on one side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import ndtri

from forethought.errors import DataError
from forethought.plan.series import as_polars
from forethought.plan.watch.scores import OUTSIDE_95, Score, two_sided

Floats = NDArray[np.float64]

PARTS = ("one period", "3 of 4 on one side")
_LAST = 4
_OF = 3


def errors_of(
    forecasts: Any, names: Sequence[str], ds: Sequence[pl.Series], values: Floats
) -> Floats:
    """(S, P) errors of stored forecasts over their standard deviation; nan without a forecast.

    Args:
        forecasts: Frame of `ft.plan.forecast`, made before the watched periods: `unique_id`,
            `ds`, `median` (or `mean`), and an interval `lo-L`, `hi-L`.
        names: Series, S of them.
        ds: Watched periods of each.
        values: (S, P) what came.

    Raises:
        DataError: The frame has no median or no interval.
    """
    table = as_polars(forecasts)
    middle = next((name for name in ("median", "mean") if name in table.columns), None)
    levels = [
        float(found[1])
        for name in table.columns
        if (found := re.fullmatch(r"lo-([\d.]+)", name)) and f"hi-{found[1]}" in table.columns
    ]
    if middle is None or not levels or not {"unique_id", "ds"} <= set(table.columns):
        raise DataError(
            "The stored forecasts have no unique_id, ds, median or interval.",
            where="forecasts",
            remedy="Give the frame of ft.plan.forecast.",
        )  # fmt: skip
    level = min(levels, key=lambda each: abs(each - 95))
    text = f"{level:g}"
    asked = pl.DataFrame(
        {
            "unique_id": [name for name, each in zip(names, ds, strict=True) for _ in each],
            "ds": pl.concat(list(ds)),
            "y": values.ravel(),
        }
    )
    told = table.select("unique_id", "ds", middle, f"lo-{text}", f"hi-{text}").with_columns(
        pl.col("unique_id").cast(pl.String), pl.col("ds").cast(asked.schema["ds"])
    )
    joined = asked.join(told, on=["unique_id", "ds"], how="left", maintain_order="left")
    y, centre, low, high = (
        joined[name].cast(pl.Float64).to_numpy()
        for name in ("y", middle, f"lo-{text}", f"hi-{text}")
    )
    reach = float(ndtri(0.5 + level / 200))
    side = np.where(y >= centre, high - centre, centre - low)
    # an interval of no width says that nothing else is possible: half a unit keeps it finite
    errors = (y - centre) / np.maximum(side / reach, np.where(y == centre, 1.0, 1e-9))
    return np.asarray(np.clip(errors, -1e6, 1e6)).reshape(values.shape)


def stored_score(errors: Floats) -> Score:
    """Score of the rule; nan sizes where there was no forecast."""
    known = np.isfinite(errors)
    filled = np.where(known, errors, 0.0)
    padded = np.concatenate([np.zeros((len(errors), _LAST - 1)), filled], axis=1)
    last = sliding_window_view(padded, _LAST, axis=1)
    third_up = np.sort(last, axis=2)[:, :, -_OF]
    third_down = np.sort(-last, axis=2)[:, :, -_OF]
    run = np.maximum(np.maximum(third_up, third_down), 0.0)
    # three errors of one forecast move together: their weight lies between one error and three
    sizes = [two_sided(filled), np.where(run > 0, two_sided(run * np.sqrt(2)), 0.0)]
    signs = [np.sign(filled), np.where(third_up >= third_down, 1.0, -1.0)]
    stacked = np.stack(sizes)
    detail = stacked.argmax(axis=0)
    return Score(
        size=np.where(known, stacked.max(axis=0), np.nan),
        sign=np.take_along_axis(np.stack(signs), detail[None], axis=0)[0],
        detail=detail.astype(np.int64),
        beyond=known & ((sizes[0] > OUTSIDE_95) | (run > float(ndtri(0.9)))),
    )
