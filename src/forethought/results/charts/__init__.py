"""Charts: frames and plain settings in, a `Drawing` (two SVG and their words) out."""

from __future__ import annotations

from forethought.results.charts.backlog import Plan, backlog
from forethought.results.charts.bars import Bar, bars, columns, quality_bars
from forethought.results.charts.fan import fan
from forethought.results.charts.flow import incoming_closed
from forethought.results.charts.small import Part, multiples, spark

__all__ = [
    "Bar",
    "Part",
    "Plan",
    "backlog",
    "bars",
    "columns",
    "fan",
    "incoming_closed",
    "multiples",
    "quality_bars",
    "spark",
]
