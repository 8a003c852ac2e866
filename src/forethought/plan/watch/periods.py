"""The periods of a panel's series, made once for all series that share them."""

from __future__ import annotations

from typing import Any

import polars as pl

from forethought.plan.series import Panel, Series, periods_of


class Periods:
    """Periods of each series of a panel.

    Args:
        panel: Checked series.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._made: dict[tuple[Any, int], pl.Series] = {}

    def of(self, series: Series) -> pl.Series:
        """Periods of one series, oldest first."""
        key = (series.first, series.y.size)
        if key not in self._made:
            self._made[key] = periods_of(series, self._panel)
        return self._made[key]

    def keys(self) -> pl.DataFrame:
        """`unique_id`, `ds` of all series in the order of the panel."""
        names = [series.unique_id for series in self._panel.series]
        sizes = [series.y.size for series in self._panel.series]
        ds = pl.concat([self.of(series) for series in self._panel.series])
        repeated = pl.select(pl.Series(names).repeat_by(pl.Series(sizes))).to_series().explode()
        return pl.DataFrame({"unique_id": repeated, "ds": ds})
