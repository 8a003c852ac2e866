"""The synthetic county: a fictional place, built by one causal chain from a stated truth.

Everything that it writes is invented; its truth lies apart, and no product code reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import UsageError

if TYPE_CHECKING:
    from forethought.county.build import CountySummary

__all__ = ["TODAY", "build_county", "write_template"]

TODAY = date(2026, 11, 24)
"""The day on which the demonstration stands still."""
_TEMPLATE = Path(__file__).parent / "template"


def build_county(
    workspace: Path,
    *,
    scale: float,
    seed: int,
    today: date = TODAY,
    progress: Callable[[str], None] | None = None,
) -> CountySummary:
    """Build the county's files: `inbox/`, `geography/` and `truth/` of a workspace.

    Args:
        workspace: Folder of the workspace; files of an earlier build are replaced.
        scale: Share of the county's 900 areas, above 0 to 1; each district keeps one at least.
        seed: Same seed, scale and day: the same files.
        today: Day on which the partners' extracts are made.
        progress: Called with the name of each step as it begins.

    Raises:
        UsageError: The scale or the seed is out of range.
    """
    if not 0 < scale <= 1:
        raise UsageError(f"{scale} is no scale.", remedy="Give a share above 0, up to 1.")
    if seed < 0:
        raise UsageError(f"{seed} is no seed.", remedy="Give a whole number from 0.")
    from forethought.county.build import build

    return build(Path(workspace), scale, seed, today, progress)


def write_template(workspace: Path) -> None:
    """Copy the demonstration's contracts, agreements, people and insights into a workspace.

    Args:
        workspace: Folder of the workspace; made where it is missing.
    """
    import shutil

    shutil.copytree(
        _TEMPLATE, workspace, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
