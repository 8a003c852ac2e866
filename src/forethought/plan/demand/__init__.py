"""Demand for long-term care and support: panels from events, and forecasts of them.

`demand` answers the whole question; `panel` and `outlook` are its two halves.
"""

from __future__ import annotations

from forethought.plan.demand.adjustments import Adjustment
from forethought.plan.demand.breaks import Break
from forethought.plan.demand.outlook import Outlook, outlook
from forethought.plan.demand.panel import Panel, panel
from forethought.plan.demand.prices import Prices, Uplift
from forethought.plan.demand.record import Demand, demand

__all__ = [
    "Adjustment",
    "Break",
    "Demand",
    "Outlook",
    "Panel",
    "Prices",
    "Uplift",
    "demand",
    "outlook",
    "panel",
]
