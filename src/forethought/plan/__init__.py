"""Pure methods to plan: forecasts of demand, work and money."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought.plan.demand.prices import Uplift
    from forethought.plan.evaluation import Evaluation, evaluate
    from forethought.plan.forecast_result import Forecast
    from forethought.plan.forecasting import forecast
    from forethought.plan.money.assumptions import Assumptions, OneOff, Rise, Saving
    from forethought.plan.money.bridge import Bridge, bridge
    from forethought.plan.money.budget import Budget, budget
    from forethought.plan.money.comparison import Comparison, compare
    from forethought.plan.money.finance import OtherLine
    from forethought.plan.money.footprints import Footprints, footprints
    from forethought.plan.money.movement import Movement, movement
    from forethought.plan.money.outturn import Outturn, outturn
    from forethought.plan.money.past import Past, why_spend_changed
    from forethought.plan.money.scenarios import BudgetScenario, combine
    from forethought.plan.shocks import Shock
    from forethought.plan.simulation.calibration import Calibration, calibrate
    from forethought.plan.simulation.ciw_script import ciw_script
    from forethought.plan.simulation.demand import Demand
    from forethought.plan.simulation.goals import Goal
    from forethought.plan.simulation.heat_map import HeatMap, heat_map, heat_map_steps
    from forethought.plan.simulation.initial import Initial
    from forethought.plan.simulation.minimum_staff import MinimumStaff, minimum_staff
    from forethought.plan.simulation.pathway import Pathway, Scenario
    from forethought.plan.simulation.recovery import Recovery, recovery
    from forethought.plan.simulation.result import Simulation
    from forethought.plan.simulation.sensitivity import Sensitivity, sensitivity
    from forethought.plan.simulation.simulate import simulate
    from forethought.plan.simulation.stress import stress_report
    from forethought.plan.simulation.uncertainty import Uncertainty, uncertainty
    from forethought.plan.simulation.waiting_measure import WaitingTimes, waiting_times
    from forethought.plan.suggestions import Suggestions, suggest_shocks
    from forethought.plan.watch.digest import Digest, digest
    from forethought.plan.watch.farrington import Farrington, farrington
    from forethought.plan.watch.scan import scan
    from forethought.plan.watch.scan_result import Scan
    from forethought.plan.watch.signal import Signal
    from forethought.plan.watch.signalling import signals
    from forethought.plan.watch.signals_result import Signals
    from forethought.plan.watch.watched import Watch
    from forethought.plan.watch.xmr import Xmr, xmr

_HOMES = {
    "Footprints": "money.footprints",
    "footprints": "money.footprints",
    "Assumptions": "money.assumptions",
    "OneOff": "money.assumptions",
    "Rise": "money.assumptions",
    "Saving": "money.assumptions",
    "Bridge": "money.bridge",
    "bridge": "money.bridge",
    "Budget": "money.budget",
    "budget": "money.budget",
    "BudgetScenario": "money.scenarios",
    "combine": "money.scenarios",
    "Comparison": "money.comparison",
    "compare": "money.comparison",
    "OtherLine": "money.finance",
    "Movement": "money.movement",
    "movement": "money.movement",
    "Outturn": "money.outturn",
    "outturn": "money.outturn",
    "Past": "money.past",
    "why_spend_changed": "money.past",
    "Uplift": "demand.prices",
    "Calibration": "simulation.calibration",
    "Demand": "simulation.demand",
    "Evaluation": "evaluation",
    "Forecast": "forecast_result",
    "Goal": "simulation.goals",
    "HeatMap": "simulation.heat_map",
    "Initial": "simulation.initial",
    "MinimumStaff": "simulation.minimum_staff",
    "Pathway": "simulation.pathway",
    "Recovery": "simulation.recovery",
    "Scenario": "simulation.pathway",
    "Sensitivity": "simulation.sensitivity",
    "Shock": "shocks",
    "Suggestions": "suggestions",
    "suggest_shocks": "suggestions",
    "Simulation": "simulation.result",
    "calibrate": "simulation.calibration",
    "Uncertainty": "simulation.uncertainty",
    "WaitingTimes": "simulation.waiting_measure",
    "ciw_script": "simulation.ciw_script",
    "evaluate": "evaluation",
    "forecast": "forecasting",
    "heat_map": "simulation.heat_map",
    "heat_map_steps": "simulation.heat_map",
    "minimum_staff": "simulation.minimum_staff",
    "recovery": "simulation.recovery",
    "sensitivity": "simulation.sensitivity",
    "simulate": "simulation.simulate",
    "stress_report": "simulation.stress",
    "uncertainty": "simulation.uncertainty",
    "waiting_times": "simulation.waiting_measure",
    "Digest": "watch.digest",
    "Farrington": "watch.farrington",
    "Scan": "watch.scan_result",
    "Signal": "watch.signal",
    "Signals": "watch.signals_result",
    "Watch": "watch.watched",
    "Xmr": "watch.xmr",
    "digest": "watch.digest",
    "farrington": "watch.farrington",
    "scan": "watch.scan",
    "signals": "watch.signalling",
    "xmr": "watch.xmr",
}

__all__ = [
    "Assumptions",
    "Bridge",
    "Budget",
    "BudgetScenario",
    "Calibration",
    "Comparison",
    "Demand",
    "Digest",
    "Evaluation",
    "Farrington",
    "Footprints",
    "Forecast",
    "Goal",
    "HeatMap",
    "Initial",
    "MinimumStaff",
    "Movement",
    "OneOff",
    "OtherLine",
    "Outturn",
    "Past",
    "Pathway",
    "Recovery",
    "Rise",
    "Saving",
    "Scan",
    "Scenario",
    "Sensitivity",
    "Shock",
    "Signal",
    "Signals",
    "Simulation",
    "Suggestions",
    "Uncertainty",
    "Uplift",
    "WaitingTimes",
    "Watch",
    "Xmr",
    "bridge",
    "budget",
    "calibrate",
    "ciw_script",
    "combine",
    "compare",
    "digest",
    "evaluate",
    "farrington",
    "footprints",
    "forecast",
    "heat_map",
    "heat_map_steps",
    "minimum_staff",
    "movement",
    "outturn",
    "recovery",
    "scan",
    "sensitivity",
    "signals",
    "simulate",
    "stress_report",
    "suggest_shocks",
    "uncertainty",
    "waiting_times",
    "why_spend_changed",
    "xmr",
]


def __getattr__(name: str) -> Any:
    """Load a method when it is first asked for: `import forethought` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"forethought.plan has no {name}")
    return getattr(import_module(f"forethought.plan.{_HOMES[name]}"), name)
