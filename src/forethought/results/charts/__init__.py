"""Charts: frames and plain settings in, a `Drawing` (SVG for each width and words) out."""

from __future__ import annotations

from forethought.results.charts.backlog import Plan, backlog
from forethought.results.charts.bars import Bar, Mark, bars, columns, quality_bars
from forethought.results.charts.bridge import Step, bridge
from forethought.results.charts.difference import difference
from forethought.results.charts.fan import fan
from forethought.results.charts.flow import incoming_closed
from forethought.results.charts.heat import ChanceGrid, heat_map
from forethought.results.charts.load import Load, load_bars
from forethought.results.charts.ordinary import Segment
from forethought.results.charts.recovery import Recovery, recovery_curve
from forethought.results.charts.signal_icons import assurance_icon, variation_icon
from forethought.results.charts.small import Part, multiples, spark
from forethought.results.charts.split import Source, uncertainty_split
from forethought.results.charts.told import Telling, forecasts_over_time
from forethought.results.charts.tornado import Swing, tornado
from forethought.results.charts.waiting import Limit, Waiting, waiting_curve
from forethought.results.charts.xmr import xmr, xmr_spark

__all__ = [
    "Bar",
    "ChanceGrid",
    "Limit",
    "Load",
    "Mark",
    "Part",
    "Plan",
    "Recovery",
    "Segment",
    "Source",
    "Step",
    "Swing",
    "Telling",
    "Waiting",
    "assurance_icon",
    "backlog",
    "bars",
    "bridge",
    "columns",
    "difference",
    "fan",
    "forecasts_over_time",
    "heat_map",
    "incoming_closed",
    "load_bars",
    "multiples",
    "quality_bars",
    "recovery_curve",
    "spark",
    "tornado",
    "uncertainty_split",
    "variation_icon",
    "waiting_curve",
    "xmr",
    "xmr_spark",
]
