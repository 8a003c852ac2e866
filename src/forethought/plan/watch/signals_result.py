"""What `signals` gives back."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from forethought.errors import NotFound, did_you_mean
from forethought.plan.watch.signal import Signal


@dataclass(frozen=True, eq=False)
class Signals:
    """A watch over many series.

    Args:
        frame: Alarms, a row a series, period and rule: `unique_id`, `ds`, `rule`, `direction`
            (`up`, `down`), `meaning` (`improvement`, `concern`, `neutral`), `part` (of the rule),
            `y`, `expected` (from the periods before), `p`, `q`, `since`, `shape` (`lasting`,
            `one-off`), `size`, `size_low`, `size_high` (units of y, 95%), `sure` (words),
            `drivers`, `action`.
        signals: One for each series with an alarm, the surest first.
        evidence: A row a series, watched period and rule: `unique_id`, `ds`, `rule`, `part`,
            `direction`, `p`, `q`, `beyond` (whether the rule's own published limit is passed);
            null p where the rule cannot answer.
        charts: XmR charts, a row a point: `unique_id`, `ds`, `y`, `expected` (null on plain
            charts), `charted` (y, or y less expected), `on` (`values` or `residuals`), `group`,
            `mean`, `lower`, `upper`, `near_lower`, `near_upper`, `cause`, `mark`, `trial`.
        icons: A row a series: `unique_id`, `variation`, `assurance`, as in `ft.plan.xmr`.
        report: A row a series: `unique_id`, `nature` (`count`, `positive`, `real`), `periods`,
            `watched`, `chart`, `q` (of the series as a whole), `answered` (rules), `note`.
        fdr: The false discovery rate that was asked for, 0-1.
        expected_false: Number of series among the alarmed that are expected to be false, at most.
    """

    frame: pl.DataFrame
    signals: tuple[Signal, ...]
    evidence: pl.DataFrame = field(repr=False)
    charts: pl.DataFrame = field(repr=False)
    icons: pl.DataFrame = field(repr=False)
    report: pl.DataFrame = field(repr=False)
    fdr: float
    expected_false: float

    def headline(self) -> str:
        """How many changed, and how many of these are expected to be false alarms."""
        watched = self.report.height
        if not self.signals:
            return f"None of {watched:,} series shows more than ordinary variation."
        count = len(self.signals)
        tenth = 0.1
        false = (
            f"at most {self.expected_false:.1f}"
            if self.expected_false >= tenth
            else "fewer than 0.1"
        )
        return (
            f"{count:,} of {watched:,} series changed; {false} of these alarms are expected "
            "to be false."
        )

    def chart_of(self, unique_id: str) -> pl.DataFrame:
        """XmR chart of one series.

        Raises:
            NotFound: No series has that name.
        """
        chart = self.charts.filter(pl.col("unique_id") == unique_id)
        if chart.is_empty():
            names = self.report["unique_id"].to_list()
            raise NotFound(
                f"No series is named {unique_id}.", remedy=did_you_mean(unique_id, names)
            )
        return chart

    def _repr_html_(self) -> str:
        """The sentence and the first alarms."""
        from forethought.results.protocol import notebook_html

        return notebook_html(self.headline(), self.frame)
