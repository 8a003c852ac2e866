"""Forethought: plan, prioritise and predict, from shared data to a decision.

The public surface of the library: `ft.open`, `ft.plan`, `ft.data`. Rooms load when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought import data, plan
    from forethought.workspace import Workspace, open_workspace

    open = open_workspace  # noqa: A001

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__", "data", "open", "plan"]

_ROOMS = frozenset({"plan", "data", "county", "place", "stats", "results", "insights", "trust"})


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"forethought.{name}")
    if name == "open":
        return import_module("forethought.workspace").open_workspace
    if name == "Workspace":
        return import_module("forethought.workspace").Workspace
    raise AttributeError(f"forethought has no {name!r}")
