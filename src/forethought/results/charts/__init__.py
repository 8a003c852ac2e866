"""Charts: frames and plain settings in, a `Drawing` (two SVG and their words) out."""

from __future__ import annotations

from forethought.results.charts.fan import fan
from forethought.results.charts.flow import incoming_closed

__all__ = ["fan", "incoming_closed"]
