"""Demand for long-term care and support: panels from events, and forecasts of them.

`demand` answers the whole question; `panel` and `outlook` are its two halves.
"""

from __future__ import annotations

from forethought.plan.demand.outlook import Outlook, Prices, outlook
from forethought.plan.demand.panel import Panel, panel
from forethought.plan.demand.record import Demand, demand

__all__ = ["Demand", "Outlook", "Panel", "Prices", "demand", "outlook", "panel"]
