"""Pure methods to plan: forecasts of demand, work and money."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought.plan.evaluation import Evaluation, evaluate
    from forethought.plan.forecast_result import Forecast
    from forethought.plan.forecasting import forecast
    from forethought.plan.shocks import Shock

_HOMES = {
    "Evaluation": "evaluation",
    "evaluate": "evaluation",
    "Forecast": "forecast_result",
    "Shock": "shocks",
    "forecast": "forecasting",
}

__all__ = ["Evaluation", "Forecast", "Shock", "evaluate", "forecast"]


def __getattr__(name: str) -> Any:
    """Load a method when it is first asked for: `import forethought` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"forethought.plan has no {name}")
    return getattr(import_module(f"forethought.plan.{_HOMES[name]}"), name)
